import test, { type ExecutionContext } from 'ava';
import { run } from '../support/run.js';
import { MARKERFS } from '../support/volume.js';
import { typed, VERBS } from './verbs.js';

function markerfs(...args: string[]) {
  return run([process.execPath, MARKERFS, ...args]);
}

for (const verb of VERBS.map(typed)) {
  test(`markerfs ${[...verb, '--help'].join(' ')} tells usage, options, examples and exit status`, async (t) => {
    const { status, stdout, stderr } = await markerfs(...verb, '--help');
    t.is(status, 0);
    t.is(stderr, '');
    t.true(stdout.startsWith(`Usage: ${['markerfs', ...verb].join(' ')} `), stdout);
    for (const part of [/^Options:$/m, /^Examples?:\n {2}\S/m, /^Exit status:\n {2}0 {2}done\n/m])
      t.regex(stdout, part);
    for (const line of stdout.split('\n')) t.true(line.length <= 100, line);
  });
}

test('every verb refuses an option that it does not know', async (t) => {
  // What is none of the agent's may be rsync's.
  for (const verb of VERBS.map(typed).filter(([word]) => word !== 'agent')) {
    const wanted = verb[0] === 'restore' ? ['--at', '1h'] : [];
    const { status, stdout, stderr } = await markerfs(...verb, ...wanted, '--nonsense');
    t.deepEqual([status, stdout], [2, ''], verb.join(' '));
    assertLine(t, stderr, /^markerfs: unknown option '--nonsense'/);
  }
});

test('a verb that lacks an argument tells what it wants, and where more is told', async (t) => {
  const lacking = VERBS.filter(({ arguments: given, usage }) => given.length > 0 && usage.includes('<'));
  for (const verb of lacking) {
    const { status, stdout, stderr } = await markerfs(...typed(verb));
    t.deepEqual([status, stdout], [2, ''], verb.words.join(' '));
    const help = ['markerfs', 'help', ...typed(verb)].join(' ');
    assertLine(t, stderr, /^markerfs: (missing required argument '|required option ')/);
    t.true(stderr.endsWith(`; wanted: ${verb.words.join(' ')} ${verb.usage}; see: ${help}`), stderr);
  }
});

test('help is a verb, too, as in other programs', async (t) => {
  for (const verb of [[], ['ship'], ['slave', 'add']]) {
    const { status, stdout } = await markerfs('help', ...verb);
    t.deepEqual([status, stdout], [0, (await markerfs(...verb, '--help')).stdout]);
  }
});

test('every verb is in the help of the program', async (t) => {
  const { stdout } = await markerfs('--help');
  for (const [verb] of VERBS.slice(1).map(typed)) t.regex(stdout, new RegExp(`^ {2}${verb} `, 'm'));
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
  [
    ['nonsense'],
    /^markerfs: Unknown verb "nonsense"; "markerfs --help" lists all\. A source .* written "\.\/nonsense"$/,
  ],
  [['mount', '/a', '/b'], /^markerfs: Unknown verb "mount"; mounting has none: markerfs <source> <mountpoint>\. /],
  [['/source', '/mountpoint', '/more'], /too many arguments/],
  [['/source', '/mountpoint', '--fast'], /unknown option '--fast'/],
  [['/source', '/mountpoint', '--engine', 'warp'], /'warp' is invalid\. Allowed choices are markerfs, fuse-native/],
  [['/source', '/mountpoint', '-o', 'ro,fast'], /unknown mount option "fast"/],
  [['/source', '/mountpoint', '-o', 'engine=warp'], /unknown engine "warp", wanted markerfs/],
  [['umount'], /missing required argument 'mountpoint'/],
  [['slave', 'shout', '/source'], /^markerfs: Unknown verb "slave shout"; "markerfs slave --help" lists all\.$/],
  [['slave', 'add', '/source', 'name'], /missing required argument 'target'/],
  [['ship'], /missing required argument 'source'/],
  [['ship', '/source', '--max-delete', 'some'], /'some' is invalid\. wanted a number/],
  [['ship', '/source', '--max-delete', '0%'], /'0%' is invalid\. wanted a number/],
  [['verify'], /missing required argument 'source'/],
  [['ship', '/source', '--interval', '30'], /'30' is invalid\. wanted a time like 30s/],
  [['ship', '/source', '--interval', '0s'], /'0s' is invalid/],
  [['status', '/source', '--jsn'], /unknown option '--jsn' \(Did you mean --json\?\)$/],
  [['status', '/source', '--check', '--json'], /'--json' cannot be used with option '--check'/],
  [['stauts'], /^markerfs: Unknown verb "stauts"; did you mean status\? .* written "\.\/stauts"$/],
  [['shp', '/source'], /^markerfs: Unknown verb "shp"; did you mean ship\? /],
  [['slave', 'remov', '/source'], /^markerfs: Unknown verb "slave remov"; did you mean remove\?$/],
  [['help', 'slave', 'nonsense'], /^markerfs: Unknown verb "slave nonsense"; /],
  [['config', 'chek', '--help'], /^markerfs: Unknown verb "config chek"; did you mean check\?$/],
  [['completion', 'csh'], /'csh' is invalid.* Allowed choices are bash, zsh, fish/],
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
