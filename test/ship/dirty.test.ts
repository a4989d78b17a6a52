import fs from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { toTreemap } from '../../src/dashboard/treemap.js';
import { type Dirty, type DirtyOptions, findDirty } from '../../src/ship/report/dirty.js';
import { LocalSource } from '../../src/ship/source.js';
import { World } from './world.js';

/** What is dirty for the slave of a world. */
function dirtyOf(t: ExecutionContext, world: World, options?: DirtyOptions): Dirty | undefined {
  const source = new LocalSource(world.volume);
  t.teardown(() => source.close());
  return findDirty(source, world.state.slaves.need('copy').stimeUs, options);
}

/** Paths with their counts, `*` for what was moved as a whole, `+` for what was not looked at to the end. */
function outline(dirty: Dirty | undefined, above = ''): string[] {
  if (!dirty) return [];
  const path = above === '' ? dirty.name : `${above}/${dirty.name}`;
  const line = `${path || '.'} ${dirty.objects}${dirty.whole ? '*' : ''}${dirty.cut ? '+' : ''}`;
  return [
    line,
    ...[...dirty.children].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((child) => outline(child, path)),
  ];
}

test('what changed after the sync point is dirty, and nothing else', async (t) => {
  const world = await World.create(t);
  for (const directory of ['quiet', 'loud', 'loud/deep']) world.mkdir(directory);
  for (const file of ['quiet/a', 'loud/a', 'loud/b', 'loud/deep/a']) world.write(file, 'content');
  await world.pass();
  t.is(dirtyOf(t, world), undefined);
  world.write('loud/a', 'other');
  world.write('loud/deep/a', 'other');
  world.write('new', 'content');
  const dirty = dirtyOf(t, world);
  t.deepEqual(outline(dirty), ['. 3', 'loud 2', 'loud/a 1', 'loud/deep 1', 'loud/deep/a 1', 'new 1']);
  t.true(dirty!.oldestUs < dirty!.newestUs);
  t.is(dirty!.newestUs, dirty!.children.find(({ name }) => name === 'new')!.newestUs);
  await world.pass();
  t.is(dirtyOf(t, world), undefined);
});

test('a directory in which a name went is dirty itself', async (t) => {
  const world = await World.create(t);
  world.mkdir('directory');
  world.write('directory/file', '');
  await world.pass();
  world.unlink('directory/file');
  t.deepEqual(outline(dirtyOf(t, world)), ['. 1', 'directory 1']);
});

test('a directory that was moved is dirty with all below it, also seen from below', async (t) => {
  const world = await World.create(t);
  for (const directory of ['a', 'b', 'a/deep', 'a/deep/deeper']) world.mkdir(directory);
  world.write('a/deep/deeper/file', '');
  await world.pass();
  world.rename('a/deep', 'b/deep');
  const all = ['b/deep 1*', 'b/deep/deeper 1', 'b/deep/deeper/file 1'];
  t.deepEqual(outline(dirtyOf(t, world)).slice(-3), all);
  t.deepEqual(outline(dirtyOf(t, world, { path: 'b/deep/deeper' })), ['deeper 1', 'deeper/file 1']);
});

test('for a slave without a first pass everything is', async (t) => {
  const world = await World.create(t, { fill: (source) => fs.writeFileSync(`${source}/older`, '') });
  world.write('file', '');
  const dirty = dirtyOf(t, world);
  t.deepEqual(outline(dirty), ['. 2', 'file 1', 'older 1']);
  t.is(dirty!.children.find(({ name }) => name === 'older')!.oldestUs, 0);
});

test('a part of it can be looked at, and what is not there is not dirty', async (t) => {
  const world = await World.create(t);
  world.mkdir('directory');
  await world.pass();
  world.write('directory/file', '');
  t.deepEqual(outline(dirtyOf(t, world, { path: 'directory' })), ['directory 1', 'directory/file 1']);
  t.is(dirtyOf(t, world, { path: 'none' }), undefined);
  t.is(dirtyOf(t, world, { path: 'directory/file/below' }), undefined);
});

test('a look ends where it may not go on, the upper levels first', async (t) => {
  const world = await World.create(t);
  for (let n = 0; n < 5; n++) {
    world.mkdir(`directory-${n}`);
    for (let m = 0; m < 5; m++) world.write(`directory-${n}/${m}`, '');
  }
  t.is(dirtyOf(t, world)!.objects, 25);
  const cut = dirtyOf(t, world, { most: 8 })!;
  t.is(cut.children.length, 5);
  t.true(cut.cut);
  t.true(cut.objects < 25);
});

test('a picture of it is bounded, and loses no object', async (t) => {
  const world = await World.create(t);
  for (let n = 0; n < 60; n++) {
    world.mkdir(`directory-${n}`);
    for (let m = 0; m < (n === 0 ? 300 : 3); m++) world.write(`directory-${n}/file-${m}`, '');
  }
  const tree = toTreemap(dirtyOf(t, world)!, '');
  t.is(tree.objects, 300 + 59 * 3);
  t.is(
    tree.children.reduce((sum, { objects }) => sum + objects, 0),
    tree.objects,
  );
  t.is(tree.children.length, 41);
  t.like(tree.children[0], { name: 'directory-0', path: 'directory-0', objects: 300, children: [] });
  t.like(tree.children.at(-1), { name: null, path: null, files: false });
});
