import test, { type ExecutionContext } from 'ava';
import { run } from '../support/run.js';
import { PROJECT } from '../support/volume.js';

function markerfs(...args: string[]) {
  return run([process.execPath, `${PROJECT}/dist/src/cli/main.js`, ...args]);
}

const VERBS = [
  [],
  ['umount'],
  ['slave'],
  ['slave', 'add'],
  ['slave', 'list'],
  ['slave', 'remove'],
  ['slave', 'pause'],
  ['slave', 'resume'],
  ['ship'],
  ['status'],
  ['journal'],
];

for (const verb of VERBS) {
  test(`markerfs ${[...verb, '--help'].join(' ')} tells usage, options, examples and exit status`, async (t) => {
    const { status, stdout, stderr } = await markerfs(...verb, '--help');
    t.is(status, 0);
    t.is(stderr, '');
    t.true(stdout.startsWith(`Usage: ${['markerfs', ...verb].join(' ')} `), stdout);
    for (const part of [/^Options:$/m, /^Examples?:\n {2}markerfs /m, /^Exit status:\n {2}0 {2}done\n/m])
      t.regex(stdout, part);
    for (const line of stdout.split('\n')) t.true(line.length <= 100, line);
  });
}

test('every verb is in the help of the program', async (t) => {
  const { stdout } = await markerfs('--help');
  for (const verb of ['umount', 'slave', 'ship', 'status', 'journal'])
    t.regex(stdout, new RegExp(`^ {2}${verb} `, 'm'));
});

test('--version is the version of the package', async (t) => {
  const { status, stdout } = await markerfs('--version');
  t.is(status, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+$/);
});

/** Wrong usage, and what the one line must tell. */
const WRONG: [args: string[], message: RegExp][] = [
  [[], /missing required argument 'source'/],
  [['/source'], /missing required argument 'mountpoint'/],
  [['nonsense'], /missing required argument 'mountpoint'/],
  [['/source', '/mountpoint', '/more'], /too many arguments/],
  [['/source', '/mountpoint', '--fast'], /unknown option '--fast'/],
  [['/source', '/mountpoint', '--engine', 'warp'], /'warp' is invalid\. Allowed choices are markerfs, fuse-native/],
  [['/source', '/mountpoint', '-o', 'ro,fast'], /unknown mount option "fast"/],
  [['/source', '/mountpoint', '-o', 'engine=warp'], /unknown engine "warp", wanted markerfs/],
  [['umount'], /missing required argument 'mountpoint'/],
  [['slave', 'shout', '/source'], /unknown command 'shout'/],
  [['slave', 'add', '/source', 'name'], /missing required argument 'target'/],
  [['ship'], /missing required argument 'source'/],
  [['ship', '/source', '--interval', '30'], /'30' is invalid\. wanted a time like 30s/],
  [['ship', '/source', '--interval', '0s'], /'0s' is invalid/],
  [['status', '/source', '--jsn'], /unknown option '--jsn'/],
  [['journal', '/source', '--since', '-1'], /'-1' is invalid\. wanted a whole number/],
  [['journal', '/source', '--since', '1.5'], /'1\.5' is invalid/],
];

/** One line, for people, and no stack. */
function assertLine(t: ExecutionContext, stderr: string, message: RegExp): void {
  t.regex(stderr, message);
  t.regex(stderr, /^markerfs: [^\n]+$/);
}

for (const [args, message] of WRONG) {
  test(`wrong usage: markerfs ${args.join(' ')}`, async (t) => {
    const { status, stdout, stderr } = await markerfs(...args);
    t.is(status, 2);
    t.is(stdout, '');
    assertLine(t, stderr, message);
  });
}

test('slave alone tells its verbs', async (t) => {
  const { status, stderr } = await markerfs('slave');
  t.is(status, 2);
  t.regex(stderr, /^Usage: markerfs slave /);
});
