import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { LocalSlave } from '../../src/slave/local/local.js';
import { formatManifest, type Manifest, parseManifest } from '../../src/slave/manifest.js';
import { isAtOrBelow, isState, join, nameOf, parentOf } from '../../src/slave/path.js';
import { Tree } from '../../src/slave/tree.js';
import { must, script } from '../support/run.js';
import { makeWork } from '../support/work.js';

test('paths: joined, taken apart, compared by whole names', (t) => {
  t.is(join('', 'a'), 'a');
  t.is(join('a', 'b'), 'a/b');
  t.deepEqual([parentOf('a/b'), parentOf('a'), parentOf('')], ['a', '', '']);
  t.deepEqual([nameOf('a/b'), nameOf('a')], ['b', 'a']);
  t.true(isAtOrBelow('a/b', 'a'));
  t.false(isAtOrBelow('ab', 'a'));
  t.true(isState('.markerfs-slave/moving'));
  t.false(isState('.markerfs-slaves'));
});

test('a tree never leads through a symlink, and knows paths longer than PATH_MAX', async (t) => {
  const work = makeWork(t);
  fs.mkdirSync(path.join(work, 'd'));
  fs.writeFileSync(path.join(work, 'd/file'), '');
  fs.symlinkSync('d', path.join(work, 'link'));
  await must([
    'bash',
    '-c',
    'cd "$1"; for i in {1..25}; do mkdir "$2" && cd "$2"; done; touch end',
    'bash',
    work,
    'x'.repeat(200),
  ]);
  const tree = Tree.open(work);
  t.teardown(() => tree.close());
  t.true(tree.lstat('d/file')?.isFile);
  t.is(tree.lstat('link/file'), undefined);
  t.is(tree.list('link'), undefined);
  t.is(tree.lstat('none/file'), undefined);
  const deep = Array.from({ length: 25 }, () => 'x'.repeat(200)).join('/');
  t.true(deep.length > 4096);
  t.true(tree.lstat(`${deep}/end`)?.isFile);
  t.deepEqual(
    tree.list(deep)?.map(({ name }) => name.toString()),
    ['end'],
  );
});

test('removing is recursive, follows no symlink and stops at a mount', async (t) => {
  const work = makeWork(t);
  const [outside, copy] = [path.join(work, 'outside'), path.join(work, 'copy')];
  for (const directory of [outside, `${copy}/.markerfs-slave`, `${copy}/d/e`, `${copy}/m/mount`])
    fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(`${outside}/precious`, '');
  fs.symlinkSync(outside, `${copy}/d/e/link`);
  await must(['mount', '-t', 'tmpfs', 'none', `${copy}/m/mount`]);
  t.teardown(() => must(['umount', `${copy}/m/mount`]));
  fs.writeFileSync(`${copy}/m/mount/precious`, '');
  const slave = new LocalSlave('copy', copy);
  t.teardown(() => slave.close());
  t.is(await slave.remove('d'), undefined);
  t.false(fs.existsSync(`${copy}/d`));
  t.true(fs.existsSync(`${outside}/precious`));
  t.regex((await slave.remove('m'))?.reason ?? '', /in use/);
  t.true(fs.existsSync(`${copy}/m/mount/precious`));
  t.is(await slave.remove('none/below'), undefined);
  await t.throwsAsync(slave.remove('.markerfs-slave'), { message: /Would remove/ });
});

test('a move is done in two halves, each of which may be repeated', async (t) => {
  const copy = makeWork(t);
  for (const directory of ['.markerfs-slave', 'a', 'in-the-way/with'])
    fs.mkdirSync(`${copy}/${directory}`, { recursive: true });
  fs.writeFileSync(`${copy}/a/file`, 'content');
  const slave = new LocalSlave('copy', copy);
  t.teardown(() => slave.close());
  const move = { from: 'a/file', to: 'in-the-way/new/place' };
  t.is(await slave.takeAway(0, { from: 'a/none', to: 'x' }), 'missing');
  t.is(await slave.takeAway(0, move), 'done');
  fs.writeFileSync(`${copy}/a/file`, 'another');
  t.is(await slave.takeAway(0, move), 'done');
  t.is(fs.readFileSync(`${copy}/a/file`, 'utf8'), 'another');
  t.is(await slave.putBack(0, move), 'done');
  t.is(await slave.putBack(0, move), 'missing');
  t.is(fs.readFileSync(`${copy}/in-the-way/new/place`, 'utf8'), 'content');
  t.is(await slave.takeAway(1, move), 'done');
  t.is(await slave.putBack(1, { from: '', to: 'in-the-way' }), 'done', 'instead of a directory that holds something');
  t.is(fs.readFileSync(`${copy}/in-the-way`, 'utf8'), 'another');
});

test('a manifest keeps bytes, and one of a newer version is not passed over', (t) => {
  const base = { journalId: 'j', position: 3, stimeUs: 4 };
  const manifest: Manifest = {
    base,
    head: 5,
    stage: 'back',
    moves: [{ from: 'a\xff', to: '\n' }],
    lost: ['\x80'],
    stale: ['1:2'],
  };
  t.deepEqual(parseManifest(formatManifest(manifest)), manifest);
  t.throws(() => parseManifest('{"format":2}'), { message: /format is 2, wanted 1/ });
});

test('only what is sparse has holes', async (t) => {
  const work = makeWork(t);
  await script('cd "$1"; head -c 64k /dev/urandom >full; truncate -s 64k sparse', [work]);
  const tree = Tree.open(work);
  t.teardown(() => tree.close());
  const found = ['full', 'sparse', 'missing'].map((name) => tree.hasHoles(name, 65_536n));
  t.deepEqual(found, [false, true, true]);
});
