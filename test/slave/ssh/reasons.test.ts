import test from 'ava';
import type { Ending } from '../../../src/slave/agent/connection.js';
import { explainSsh } from '../../../src/slave/ssh/reasons.js';

const ENDINGS: Readonly<Record<string, [Partial<Ending>, RegExp]>> = {
  'a shell that talks, ended for it': [{ nonsense: 'it says "Hi"' }, /start-up files of its shell .*it says "Hi"/],
  'a shell that talks and ends': [{ status: 0, nonsense: 'it says "Hi"' }, /start-up files of its shell/],
  'ssh that was killed': [{}, /^ssh to "far" was ended$/],
  'no markerfs': [{ status: 127, stderr: 'sh: markerfs: not found' }, /not installed on "far".*markerfs: not found/],
  'an agent that refuses': [{ status: 1, stderr: 'markerfs: Cannot serve "/x"' }, /ended with status 1: Cannot serve/],
  'a name that nobody knows': [{ status: 255, stderr: 'ssh: Could not resolve hostname far: x' }, /cannot be resolved/],
  'a network that is gone': [{ status: 255, stderr: 'Timeout, server far not responding.' }, /"far" cannot be reached/],
  'anything else of ssh': [{ status: 255, stderr: 'first\r\nBad configuration option' }, /failed: Bad configuration/],
};

for (const [what, [ending, reason]] of Object.entries(ENDINGS)) {
  test(`why there is no agent: ${what}`, (t) => {
    t.regex(explainSsh('far', { status: undefined, stderr: '', nonsense: undefined, ...ending }), reason);
  });
}
