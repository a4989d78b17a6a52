import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'ava';
import { Operation } from '../../src/journal/record.js';
import { why } from '../../src/ship/report/why.js';
import { Selection } from '../../src/ship/selection/selection.js';
import { verify } from '../../src/ship/verify/verify.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { makeWork } from '../support/work.js';
import { REACHES } from './reaches.js';
import { World } from './world.js';

useFakeSsh();

const byte = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Names of all that a tree holds, but markerfs's state. */
function namesIn(root: string): string[] {
  const found = spawnSync('find', [root, '-mindepth', '1', '-printf', '%P\\0']).stdout.toString('latin1');
  return found
    .split('\0')
    .slice(0, -1)
    .filter((name) => !name.startsWith('.markerfs'))
    .sort();
}

async function differencesOf(world: World): Promise<string[]> {
  const { differences } = await verify(world.volume, world.state, 'copy');
  return differences.map(({ path, aspects }) => `${path}: ${aspects.join()}`);
}

for (const [kind, reach] of Object.entries(REACHES)) {
  for (const crawl of ['journal', 'walk'] as const) {
    test(`${crawl}: ${kind} has what is not excluded, and what is stays as it is`, async (t) => {
      const world = await World.create(t, { reach: (slave) => reach(t, slave) });
      for (const name of ['cache', 'd', 'd/sub', 'deep', 'gone']) world.mkdir(name);
      for (const name of ['cache/1', 'd/a.tmp', 'd/keep.tmp', 'd/file', 'd/sub/b.tmp', 'gone/c.tmp', 'gone/file'])
        world.write(name, name);
      world.write('linked', 'linked');
      world.link('linked', 'deep/linked.tmp');
      world.write(byte('odd\xff\n.tmp'), 'odd');
      await world.pass();
      t.deepEqual(namesIn(world.slave), namesIn(world.volume.source));

      world.state.slaves.setSettings('copy', { exclude: ['*.tmp', '!keep.tmp', '/cache/'] });
      world.write('d/a.tmp', 'changed since');
      world.write('d/keep.tmp', 'kept, and changed');
      world.unlink('d/sub/b.tmp');
      world.remove('gone');
      world.write('deep/linked.tmp', 'changed through the name that is excluded');
      world.write('cache/2', '2');
      world.write('new.tmp', 'new');
      world.unlink(byte('odd\xff\n.tmp'));
      if (crawl === 'walk') world.loseJournal();
      await world.pass();
      t.deepEqual(await differencesOf(world), []);
      const read = (name: string): string => fs.readFileSync(world.inSlave(name), 'utf8');
      t.is(read('d/a.tmp'), 'd/a.tmp');
      t.is(read('d/keep.tmp'), 'kept, and changed');
      t.is(read('gone/c.tmp'), 'gone/c.tmp');
      t.is(read('linked'), 'changed through the name that is excluded');
      t.is(read('deep/linked.tmp'), 'linked');
      t.is(fs.readFileSync(world.inSlave(byte('odd\xff\n.tmp')), 'utf8'), 'odd');
      for (const name of ['cache/2', 'new.tmp', 'gone/file']) t.false(fs.existsSync(world.inSlave(name)), name);
      t.is((await why(world.volume, 'new.tmp')).slaves[0]?.reason, 'it is excluded from this slave');

      // Into and out of what is excluded.
      world.rename('new.tmp', 'new');
      world.rename('d/file', 'd/file.tmp');
      world.rename('d', 'e');
      if (crawl === 'walk') world.loseJournal();
      await world.pass();
      t.is(read('new'), 'new');
      t.false(fs.existsSync(world.inSlave('d/file')));
      t.false(fs.existsSync(world.inSlave('e/file')));
      t.false(fs.existsSync(world.inSlave('e/file.tmp')));
      t.deepEqual(await differencesOf(world), []);
      t.is((await world.pass()).shipped, 0, 'nothing is left to do');

      world.state.slaves.setSettings('copy', { exclude: undefined });
      await world.pass();
      t.is(await world.differences(), '', 'what is taken in again is brought, and what is gone meanwhile goes');
    });
  }

  test(`${kind}: what cannot be put in the place of something excluded fails, and the rest goes on`, async (t) => {
    const world = await World.create(t, { reach: (slave) => reach(t, slave) });
    world.mkdir('d');
    world.write('d/a.tmp', 'excluded');
    world.write('d/file', 'file');
    await world.pass();
    world.state.slaves.setSettings('copy', { exclude: ['*.tmp'] });
    world.remove('d');
    world.write('d', 'a file now');
    world.write('other', 'other');
    const result = await world.tryPass();
    t.is(result.error, undefined);
    t.is(result.failed, 1);
    t.regex(world.state.pending.failed('copy', 1)[0]!.reason, /something that is excluded in its place/);
    t.is(fs.readFileSync(world.inSlave('d/a.tmp'), 'utf8'), 'excluded');
    t.is(fs.readFileSync(world.inSlave('other'), 'utf8'), 'other');
    fs.rmSync(world.inSlave('d/a.tmp'));
    await world.pass();
    t.is(await world.differences(), '', 'once that is gone it arrives');
  });
}

for (const [kind, reach] of Object.entries(REACHES)) {
  test(`${kind}: what is excluded stays where it is when its directory is renamed, and as it is when its object changes`, async (t) => {
    const world = await World.create(t, { reach: (slave) => reach(t, slave) });
    for (const name of ['d', 'd/sub']) world.mkdir(name);
    for (const name of ['d/sub/a.tmp', 'd/sub/file', 'd/other', 'linked']) world.write(name, name);
    world.link('linked', 'linked.tmp');
    await world.pass();
    world.state.slaves.setSettings('copy', { exclude: ['*.tmp'] });
    await world.pass();
    fs.writeFileSync(world.inSlave('d/own.tmp'), 'own');
    const before = fs.lstatSync(world.inSlave('d/sub/a.tmp'));
    world.rename('d', 'e');
    world.change('linked.tmp', Operation.meta, (full) => fs.chmodSync(full, 0o600));
    await world.pass();
    t.deepEqual(await differencesOf(world), []);
    t.like(fs.lstatSync(world.inSlave('d/sub/a.tmp')), { ino: before.ino, mtimeMs: before.mtimeMs, mode: before.mode });
    t.is(fs.readFileSync(world.inSlave('d/own.tmp'), 'utf8'), 'own');
    t.deepEqual(namesIn(world.slave), [
      'd',
      'd/own.tmp',
      'd/sub',
      'd/sub/a.tmp',
      'e',
      'e/other',
      'e/sub',
      'e/sub/file',
      'linked',
      'linked.tmp',
    ]);
    t.is(fs.lstatSync(world.inSlave('linked')).mode & 0o777, 0o600);
    t.is(fs.lstatSync(world.inSlave('linked.tmp')).mode & 0o777, 0o644);
  });

  test(`${kind}: nothing takes the place of what is excluded only for what it is`, async (t) => {
    const world = await World.create(t, { reach: (slave) => reach(t, slave) });
    world.state.slaves.setSettings('copy', { exclude: ['name', '!name/', 'build/'] });
    await world.pass();
    fs.writeFileSync(world.inSlave('name'), 'a file, and excluded');
    fs.mkdirSync(world.inSlave('build'));
    for (const name of ['name', 'name/sub']) world.mkdir(name);
    world.write('name/sub/file', 'file');
    world.write('build', 'a file, and not excluded');
    world.write('other', 'other');
    const { error, failed } = await world.tryPass();
    t.is(error, undefined);
    t.true(failed > 0);
    t.is(fs.readFileSync(world.inSlave('name'), 'utf8'), 'a file, and excluded');
    t.true(fs.lstatSync(world.inSlave('build')).isDirectory());
    t.is(fs.readFileSync(world.inSlave('other'), 'utf8'), 'other');
    for (const name of ['name', 'build']) fs.rmSync(world.inSlave(name), { recursive: true });
    await world.pass();
    t.is(await world.differences(), '', 'once that is gone it arrives');
  });
}

test('patterns of a file come before the others, are bytes, and are read by each pass', async (t) => {
  const world = await World.create(t);
  const file = `${makeWork(t)}/patterns`;
  fs.writeFileSync(file, byte('# a comment\n\n\xff*\n*.log\r\n'));
  world.state.slaves.setSettings('copy', { excludeFrom: file, exclude: ['!keep.log'] });
  for (const name of ['a.log', 'keep.log', 'file']) world.write(name, name);
  world.write(byte('\xffname'), 'x');
  await world.pass();
  t.deepEqual(namesIn(world.slave), ['file', 'keep.log']);
  fs.writeFileSync(file, 'file\n');
  await world.pass();
  t.deepEqual(namesIn(world.slave), ['a.log', 'file', 'keep.log', '\xffname']);
  fs.rmSync(file);
  t.regex((await world.tryPass()).error!, /^Cannot read the patterns of slave "copy" in ".*": /);
});

/** Patterns in which programs that read .gitignore have differed. */
const PATTERNS = [
  ['*.tmp', '!keep.tmp'],
  ['/cache/', 'build/'],
  ['a/**/z', '**/x/y', 'b/**'],
  ['*', '!*/', '!*.txt'],
  ['[a-c]?', '[!x]z', '\\!bang', '\\#hash', 'sp\\ '],
  ['voil\xc3\xa0', '\xff*', 'tab\there', '..dots', '...'],
  ['A*'],
];

const PATHS = [
  ...['a.tmp', 'keep.tmp', 'x/keep.tmp', 'cache/1', 'cache/', 'x/cache/1', 'x/build', 'build/f', 'build/'],
  ...['a/z', 'a/b/z', 'a/b/c/z', 'x/y', 'q/x/y/deep', 'b/c', 'b/', 'note.txt', 'x/note.txt', 'x/note'],
  ...[
    'ab',
    'cz',
    'xz',
    'yz',
    '!bang',
    '#hash',
    'sp ',
    'sp',
    'voil\xc3\xa0',
    'voil\xc3',
    '\xff\xfe',
    '\xff\n',
    'tab\there',
  ],
  ...['..dots', '...', '...x', 'Axx', 'axx', 'constructor', '__proto__/x'],
];

/** A directory, where it ends with a slash, or a file, and all above it. */
function makeIn(work: string, path: string): void {
  const full = byte(`${work}/${path}`);
  fs.mkdirSync(path.endsWith('/') ? full : full.subarray(0, full.lastIndexOf('/')), { recursive: true });
  if (!path.endsWith('/')) fs.writeFileSync(full, '');
}

function isExcluded(selection: Selection, path: string): boolean {
  return selection.excludes(path.replace(/\/$/, ''), path.endsWith('/'));
}

for (const patterns of PATTERNS) {
  test(`patterns decide as git does: ${patterns.map((pattern) => JSON.stringify(pattern)).join(' ')}`, async (t) => {
    const work = makeWork(t);
    spawnSync('git', ['init', '-q', work]);
    fs.writeFileSync(`${work}/.git/info/exclude`, byte(`${patterns.join('\n')}\n`));
    for (const path of PATHS) makeIn(work, path);
    const input = byte(PATHS.map((path) => `${path.replace(/\/$/, '')}\0`).join(''));
    const asked = ['-C', work, '-c', 'core.excludesFile=/dev/null', 'check-ignore', '--no-index', '-z', '--stdin'];
    const { stdout } = spawnSync('git', asked, { input });
    const ignored = new Set(stdout.toString('latin1').split('\0'));
    const selection = await Selection.of(patterns);
    for (const path of PATHS)
      t.is(isExcluded(selection, path), ignored.has(path.replace(/\/$/, '')), JSON.stringify(path));
  });
}
