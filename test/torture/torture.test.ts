import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Result, run } from '../support/run.js';
import { testAsRoot } from '../support/users.js';
import { PROJECT } from '../support/volume.js';
import { makeWork } from '../support/work.js';

const LOCAL = ['--slaves', 'local'];

function torture(t: ExecutionContext, ...args: string[]): Promise<Result> {
  const program = join(PROJECT, 'dist/test/torture/main.js');
  return run([process.execPath, program, '--minutes', '2', ...args], { env: { TMPDIR: makeWork(t) } });
}

testAsRoot(
  'whatever is killed, fails or loses its power in the middle of changes, the slave becomes equal',
  async (t) => {
    const { status, stdout, stderr } = await torture(t, ...LOCAL, '--kills', '2', '--cuts', '2', '--disks', '2');
    t.is(status, 0, stdout + stderr);
    t.regex(stdout, /^6 passed, 0 failed$/m);
  },
);

testAsRoot('so do slaves on the other side of a connection', async (t) => {
  const { status, stdout, stderr } = await torture(t, '--kills', '1');
  t.is(status, 0, stdout + stderr);
  t.regex(stdout, /^1 passed, 0 failed$/m);
});

testAsRoot('the torture finds changes that are not marked', async (t) => {
  const { status, stdout, stderr } = await torture(t, ...LOCAL, '--kills', '30', '--break', 'no mark');
  t.is(status, 1, stdout + stderr);
  t.regex(stdout, /^ {2}".*" differs: source .*; slave /m, 'what differs is not told');
  t.regex(stdout, /^\d+ passed, 1 failed$/m);
});

testAsRoot('a rule that is not known is refused, with those that are', async (t) => {
  const { status, stderr } = await torture(t, '--break', 'no marks');
  t.is(status, 2);
  t.regex(stderr, /^Cannot break the rule "no marks": there is none of that name; there are: no mark, mark late, /);
});
