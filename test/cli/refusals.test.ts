import test, { type ExecutionContext } from 'ava';
import type { VerbOutline } from '../../src/cli/outline.js';
import { type Result, run } from '../support/run.js';
import { Terminal } from '../support/terminal.js';
import { MARKERFS } from '../support/volume.js';
import { makeScene, REFUSALS, type Refusal, type Scene } from './refusals.js';
import { typed, VERBS } from './verbs.js';

/** What each verb says and how it ends where it cannot do what it is told, through the real program. */

test('every verb refuses something here', (t) => {
  t.deepEqual(VERBS.map((verb) => typed(verb).join(' ')).sort(), Object.keys(REFUSALS).sort());
});

/** The step, the object, the cause and what to do, as the README promises of errors that are no wrong usage. */
const WHOLE = /^Cannot [a-z][^":;]* "[^"]+"[^;]*: [^;]+; \S.*$/;
const LEAD = 'markerfs: ';

function refuse(scene: Scene, verb: string, { args, env = {} }: Refusal, ...more: string[]): Promise<Result> {
  return run([process.execPath, MARKERFS, ...verb.split(' ').filter(Boolean), ...args(scene), ...more], { env });
}

/** The same line on a terminal, and where JSON was asked for. */
async function assertSame(t: ExecutionContext, scene: Scene, verb: VerbOutline, inPipe: Result): Promise<void> {
  const name = typed(verb).join(' ');
  const refusal = REFUSALS[name]![0]!;
  const args = [...typed(verb), ...refusal.args(scene)];
  const terminal = new Terminal(t, [process.execPath, MARKERFS, ...args], refusal.env, 500);
  if (verb.options.some(({ names }) => names.includes('--json'))) {
    const { status, stdout, stderr } = await refuse(scene, name, refusal, '--json');
    t.deepEqual([status, stdout, stderr], [inPipe.status, '', inPipe.stderr], `${name} --json`);
  }
  t.is(await terminal.end(), inPipe.status!, name);
  t.is(terminal.text.replaceAll('\r', '').trimEnd(), inPipe.stderr, name);
}

async function assertRefused(t: ExecutionContext, scene: Scene, verb: VerbOutline): Promise<void> {
  const name = typed(verb).join(' ');
  for (const [at, refusal] of REFUSALS[name]!.entries()) {
    const result = await refuse(scene, name, refusal);
    const { status, stdout, stderr, command } = result;
    t.deepEqual([status, stdout], [refusal.status ?? 1, ''], `${command}\n${stderr}`);
    t.true(stderr.startsWith(LEAD) && !stderr.includes('\n'), stderr);
    t.regex(stderr.slice(LEAD.length), refusal.says, command);
    if (status === 1) t.regex(stderr.slice(LEAD.length), WHOLE, command);
    if (at === 0) await assertSame(t, scene, verb, result);
  }
}

test('what each verb refuses is one line with what to do, on a terminal as in a pipe, with --json as without', async (t) => {
  // Some hundred runs of the program.
  t.timeout(300_000);
  const scene = await makeScene(t);
  const waiting = [...VERBS];
  const some = async (): Promise<void> => {
    for (let verb = waiting.shift(); verb; verb = waiting.shift()) await assertRefused(t, scene, verb);
  };
  await Promise.all([some(), some(), some(), some()]);
});
