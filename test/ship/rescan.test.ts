import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { PassResult } from '../../src/ship/commit.js';
import { Renewals } from '../../src/ship/rescan/renewals.js';
import { rescan } from '../../src/ship/rescan/rescan.js';
import { UserError } from '../../src/volume/errors.js';
import { lock } from '../../src/volume/lock.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { Rsyncd } from '../support/rsyncd.js';
import { must } from '../support/run.js';
import { waitUntil } from '../support/wait.js';
import { World, type WorldOptions } from './world.js';

useFakeSsh();

/** What is done behind the mount, in a tree like that of `fill`. */
const CHANGES: Record<string, string> = {
  content: `cp -p a/one ../kept; printf 'OF a/one' >a/one; touch -r ../kept a/one; rm ../kept`,
  'a new file': 'echo new >c/d/new',
  'a new tree': 'mkdir -p x/y; echo new >x/y/z; ln -s z x/y/s; mkfifo x/fifo',
  'a file that is gone': 'rm a/b/deep',
  'a tree that is gone': 'rm -r a',
  'a directory that was renamed': 'mv a/b c/b',
  'directories that were exchanged': 'mv a/b t; mv c/d a/b; mv t c/d',
  'a mode': 'chmod 640 top; chmod 700 c/d',
  'an owner': 'chown 5:6 a/two; chown -h 7:8 a/link',
  'an xattr': 'setfattr -n user.test -v value c/old',
  'a symlink': 'ln -sfn two a/link',
  'a hard link': 'ln a/one c/again',
  'another kind': 'rm a/one; mkdir a/one; echo x >a/one/x; rm -r c/d; echo file >c/d',
};

/** Runs a bash script in a folder of the source, as somebody would who knows nothing of markerfs. */
function behind(world: World, script: string, folder = ''): Promise<string> {
  return must(['bash', '-euc', script], { cwd: join(world.volume.source, folder) });
}

/** Makes a small tree, through the mount. */
function fill(world: World, folder: string): void {
  for (const directory of ['', '/a', '/a/b', '/c', '/c/d']) world.mkdir(folder + directory);
  for (const file of ['top', 'a/one', 'a/two', 'c/old']) world.write(`${folder}/${file}`, `of ${file}`);
  // Alike in size and time.
  for (const file of ['a/b/deep', 'c/d/deep']) world.write(`${folder}/${file}`, `of ${file}`, '1577836800');
  world.symlink(`${folder}/a/link`, 'one');
}

/** Waits until the kernel's time of a change can be told from one that was made before. */
function tick(): Promise<void> {
  const end = Date.now() + 15;
  return waitUntil('the clock has moved on', () => (Date.now() > end ? undefined : 'not yet'));
}

/** One pass, of which the times of changes before and after it tell. */
async function pass(world: World): Promise<PassResult> {
  await tick();
  const result = await world.pass();
  await tick();
  return result;
}

async function filled(t: ExecutionContext, folders: readonly string[], reach?: Reach): Promise<World> {
  const world = await World.create(t, reach ? { reach } : {});
  for (const folder of folders) fill(world, folder);
  await pass(world);
  return world;
}

type Reach = NonNullable<WorldOptions['reach']>;

/** Every way to a slave; a rescan looks at the source alone, and leaves the rest to what each pass makes of it. */
const SLAVES: Readonly<Record<string, (t: ExecutionContext) => Reach | undefined>> = {
  'a directory': () => undefined,
  'behind an agent': () => (slave) => ({ target: `host:${slave}` }),
  'behind an rsync daemon': (t) => async (slave) => {
    const daemon = await Rsyncd.start(t, slave);
    return { target: daemon.target(), settings: { passwordFile: daemon.passwordFile } };
  },
};

const TIMES = [
  [false, 'after the last pass'],
  [true, 'before a pass that brought other changes there'],
] as const;

for (const [kind, reachOf] of Object.entries(SLAVES))
  for (const [later, when] of TIMES) {
    test(`${kind}: a rescan takes in what was changed behind the mount ${when}, and that is no change then`, async (t) => {
      const world = await filled(t, Object.keys(CHANGES), reachOf(t));
      t.is((await rescan(world.volume, world.state, '')).marked, 0, 'what was changed through the mount');
      await pass(world);
      for (const [what, script] of Object.entries(CHANGES)) await behind(world, script, what);
      if (later) {
        for (const what of Object.keys(CHANGES)) world.write(`${what}/c/other`, 'x');
        t.is((await pass(world)).crawl, 'journal');
      }
      t.deepEqual((await rescan(world.volume, world.state, '')).slaves, ['copy']);
      t.is((await pass(world)).crawl, 'walk');
      t.is(await world.differences(), '');
      t.is((await rescan(world.volume, world.state, '')).marked, 0);
    });
  }

test('a rescan of a path takes in what is there, and nothing else', async (t) => {
  const world = await filled(t, ['in', 'out']);
  await behind(world, 'for d in in out; do printf "OF a/one" >$d/a/one; rm $d/top; done');
  t.is((await rescan(world.volume, world.state, 'in')).marked, 2);
  await pass(world);
  t.deepEqual(
    (await world.differences()).split('\n').map((line) => line.split(' ').at(-1)),
    ['out/top', 'out/', 'out/a/one'],
  );
  for (const path of ['in/top', '.markerfs/state.db'])
    await t.throwsAsync(rescan(world.volume, world.state, path), {
      instanceOf: UserError,
      message: /^Cannot rescan "/,
    });
});

test('a rescan waits for the end of a pass, and marks nothing before', async (t) => {
  const world = await filled(t, ['in']);
  await behind(world, 'printf "OF a/one" >in/a/one');
  const held = lock(world.volume, 'ship-copy');
  t.teardown(() => held.release());
  const waiting = new Promise<string>((resolve) => {
    const rescanned = rescan(world.volume, world.state, '', { onWait: ({ message }) => resolve(message) });
    t.teardown(() => rescanned);
  });
  t.regex(await waiting, /slave "copy" is being shipped/);
  t.is(world.state.pending.of('copy').length, 0);
  held.release();
  await waitUntil('it goes on', () => (world.state.pending.of('copy').length > 0 ? undefined : 'nothing is pending'));
});

test('a slave without a complete pass needs nothing, and no slave no marks', async (t) => {
  const world = await World.create(t, { fill: (source) => mkdirSync(join(source, 'before')) });
  t.like(await rescan(world.volume, world.state, ''), { considered: 2, marked: 0, missed: 0, slaves: [] });
});

test('a change needs a mark that is newer than the last barrier before it, whatever the wall clock did', (t) => {
  const barriers = [100, 200, 300].map((at) => ({ timeUs: at * 1e6, wallUs: at * 1e6 }));
  const renewals = new Renewals(barriers, 400e6);
  const rows: [number, number | undefined, boolean][] = [
    [99, undefined, false],
    [101, undefined, true],
    [150, 100, true],
    [150, 101, false],
    [250, 101, true],
    [399, 301, false],
  ];
  for (const [changed, xtime, unmarked] of rows)
    t.is(renewals.isUnmarked(changed * 1e6, xtime && xtime * 1e6), unmarked, `${changed} with ${xtime}`);
  const setBack = new Renewals([...barriers, { timeUs: 350e6, wallUs: 20e6 }], 400e6);
  t.true(setBack.isUnmarked(30e6, 300e6), 'the clock showed less at a later barrier');
  t.true(new Renewals(barriers, 30e6).isUnmarked(40e6, 300e6), 'or shows less now');
  t.false(new Renewals([], 400e6).isUnmarked(399e6, undefined), 'nothing was shipped yet');
});
