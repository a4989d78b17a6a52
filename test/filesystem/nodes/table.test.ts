import { AssertionError } from 'node:assert';
import { fstatSync, openSync } from 'node:fs';
import test from 'ava';
import { node } from '../../../src/filesystem/nodes/memory.js';
import { NodeTable, namesChanged, rootNode, tableFull } from '../../../src/filesystem/nodes/table.js';
import { parentOf, pathIn, pathOf, whereabouts } from '../../../src/filesystem/nodes/where.js';
import { bytes, directory, plant, smallMemory, statOf } from './memory.js';

/** The names of a node, as `parent/name`. */
const namesOf = (table: NodeTable, id: number) =>
  whereabouts(table, id).map(({ parent, name }) => `${parent}/${name.toString('latin1', 0, name.length - 1)}`);

const path = (table: NodeTable, id: number) => table.locked(() => pathOf(table, id)?.toString('latin1'));

/** Looks an object up, as nothing changes names meanwhile. */
const enter = (table: NodeTable, ino: number, parent: number, name: string, of = {}) =>
  table.enter(statOf(ino, of), parent, bytes(name), table.changes.version(parent));

/** A table with the directories a (2) and a/b (3) and the file a/b/file (4). */
function furnished(memory = smallMemory(100, 200)): NodeTable {
  const table = plant(memory);
  enter(table, 12, rootNode, 'a', directory);
  enter(table, 13, 2, 'b', directory);
  enter(table, 14, 3, 'file');
  return table;
}

test('the root is there, has no name and is never forgotten', (t) => {
  const table = plant();
  t.true(table.exists(rootNode));
  t.true(table.isDirectory(rootNode));
  table.forget(rootNode, 1, 0);
  t.true(table.exists(rootNode));
  t.deepEqual([table.count, path(table, rootNode), namesOf(table, rootNode)], [1, '', []]);
  t.is(parentOf(table, rootNode), 0);
});

test('an object keeps its node while anybody knows it', (t) => {
  const table = plant();
  const first = enter(table, 12, rootNode, 'a');
  t.is(enter(table, 12, rootNode, 'a'), first);
  t.not(enter(table, 13, rootNode, 'b'), first);
  t.is(table.count, 3);
  t.deepEqual(namesOf(table, first), ['1/a']);
  t.true(table.isObject(first, statOf(12)));
});

test('objects are told apart by inode, device and birth', (t) => {
  const table = plant();
  const identities = [
    [12, {}],
    [12, { dev: 2 }],
    [12, { birth: 2 }],
    [13, {}],
    [2 ** 32 + 12, {}],
  ] as const;
  const ids = identities.map(([ino, of], index) => enter(table, ino, rootNode, `name ${index}`, of));
  t.is(new Set(ids).size, identities.length);
  for (const [index, [ino, of]] of identities.entries()) {
    t.is(
      table.locked(() => table.find(statOf(ino, of))),
      ids[index] ?? 0,
    );
    t.deepEqual(
      ids.map((id) => table.isObject(id, statOf(ino, of))),
      ids.map((_, other) => other === index),
    );
  }
});

test('an object may have several names, and loses one at a time', (t) => {
  const table = furnished();
  t.is(enter(table, 14, rootNode, 'link'), 4);
  t.is(enter(table, 14, 3, 'twin'), 4);
  t.deepEqual(namesOf(table, 4).sort(), ['1/link', '3/file', '3/twin']);
  table.locked(() => table.removeName(4, 3, bytes('file')));
  t.deepEqual(namesOf(table, 4).sort(), ['1/link', '3/twin']);
  table.locked(() => table.removeName(4, 3, bytes('no such name')));
  table.locked(() => table.removeName(4, 3, bytes('twin')));
  t.deepEqual(namesOf(table, 4), ['1/link']);
  t.is(path(table, 4), 'link');
});

test('a directory has one name: a new one takes the place of the old', (t) => {
  const table = furnished();
  t.is(enter(table, 13, rootNode, 'moved', directory), 3);
  t.deepEqual(namesOf(table, 3), ['1/moved']);
  t.is(path(table, 4), 'moved/file');
  t.is(table.get(2, node.children), 0);
});

test('paths are made of names up to the root', (t) => {
  const table = furnished(smallMemory(100, 1000));
  t.deepEqual(
    [2, 3, 4].map((id) => path(table, id)),
    ['a', 'a/b', 'a/b/file'],
  );
  const long = bytes('\xff'.repeat(255));
  let parent = 3;
  for (let depth = 0; depth < 60; depth++) {
    const next = table.enterNew(statOf(100 + depth, directory), parent, long);
    t.true(next > 0, `depth ${depth}`);
    parent = next;
    if (next % 10 !== 0) continue;
    t.is(path(table, next), ['a', 'b', ...Array(depth + 1).fill(long.toString('latin1'))].join('/'));
  }
});

test('a path in a directory is a copy, and of what was removed there is none', (t) => {
  const table = furnished();
  const inside = table.locked(() => pathIn(table, 3, bytes('new')));
  t.is(inside?.toString(), 'a/b/new');
  t.is(table.locked(() => pathIn(table, rootNode, bytes('new')))?.toString(), 'new');
  table.locked(() => table.removeName(2, rootNode, bytes('a')));
  for (const id of [2, 3, 4]) t.is(path(table, id), undefined);
  t.is(
    table.locked(() => pathIn(table, 3, bytes('new'))),
    undefined,
  );
  t.is(inside?.toString(), 'a/b/new');
});

test('a node is forgotten with its last lookup, and then its parents if nothing else needs them', (t) => {
  const table = furnished();
  enter(table, 14, 3, 'file');
  for (const id of [2, 3]) table.forget(id, 1, 0);
  table.forget(4, 1, 0);
  t.deepEqual(
    [2, 3, 4].map((id) => table.exists(id)),
    [true, true, true],
  );
  table.forget(4, 1, 0);
  t.deepEqual(
    [2, 3, 4].map((id) => table.exists(id)),
    [false, false, false],
  );
  t.is(table.count, 1);
  t.is(table.get(rootNode, node.children), 0);
});

test('an open node outlives its lookups, and its parents with it', (t) => {
  const table = furnished();
  table.set(4, node.opens, 1);
  for (const id of [2, 3, 4]) table.forget(id, 1, 0);
  t.is(path(table, 4), 'a/b/file');
  table.set(4, node.opens, 0);
  table.locked(() => table.freeIfUnused(4));
  t.is(table.count, 1);
});

test('lookups are counted beyond 32 bits', (t) => {
  const table = furnished();
  table.set(4, node.lookups, 0xffffffff);
  enter(table, 14, 3, 'file');
  t.deepEqual([table.get(4, node.lookups), table.get(4, node.lookups + 1)], [0, 1]);
  table.forget(4, 0xffffffff, 0);
  t.deepEqual([table.get(4, node.lookups), table.get(4, node.lookups + 1)], [1, 0]);
  table.set(4, node.lookups + 1, 2);
  table.forget(4, 0, 2);
  t.true(table.exists(4));
  table.forget(4, 1, 0);
  t.false(table.exists(4));
});

test('FORGET of more than held is reported as a bug, and leaves the table usable', (t) => {
  const table = furnished();
  for (const [low, high] of [
    [2, 0],
    [0, 1],
  ] as const)
    t.throws(() => table.forget(4, low, high), { instanceOf: AssertionError, message: /for node 4, which holds 1/ });
  t.is(path(table, 4), 'a/b/file');
  table.forget(4, 1, 0);
  t.false(table.exists(4));
});

test('FORGET of what does not exist is ignored', (t) => {
  const table = furnished();
  for (const id of [0, 5, 99, 100, 0xffffffff]) t.notThrows(() => table.forget(id, 1, 0), String(id));
  t.is(table.count, 4);
});

test('a number that is used again has a new generation', (t) => {
  const table = plant();
  const pairs = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const ids = [20, 21, 22].map((ino) => enter(table, ino + round * 3, rootNode, `name ${ino}`));
    for (const id of ids) pairs.add(`${id} ${table.get(id, node.generation)}`);
    for (const id of round % 2 === 0 ? ids : ids.reverse()) table.forget(id, 1, 0);
  }
  t.is(pairs.size, 60);
  t.is(table.count, 1);
});

test('a retired node is found no more, and its inode number may be another object', (t) => {
  const table = furnished();
  table.locked(() => table.retire(4));
  t.is(
    table.locked(() => table.find(statOf(14))),
    0,
  );
  t.true(table.exists(4));
  const next = enter(table, 14, rootNode, 'next');
  t.not(next, 4);
  // Freeing the retired one does not take the other out of its bucket.
  table.forget(4, 1, 0);
  t.false(table.exists(4));
  t.is(
    table.locked(() => table.find(statOf(14))),
    next,
  );
});

test('nodes of one bucket leave it one by one, in any order', (t) => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [1, 2, 0],
  ]) {
    const table = plant(smallMemory(10, 10, 1));
    const ids = [50, 51, 52].map((ino) => enter(table, ino, rootNode, String(ino)));
    const gone = new Set<number>();
    for (const index of order) {
      table.forget(ids[index] ?? 0, 1, 0);
      gone.add(index);
      for (const [other, ino] of [50, 51, 52].entries())
        t.is(
          table.locked(() => table.find(statOf(ino))),
          gone.has(other) ? 0 : (ids[other] ?? 0),
          `${order} ${ino}`,
        );
    }
  }
});

test('a name that may be wrong by now is not entered, one that is known is', (t) => {
  const table = furnished();
  const stale = table.changes.version(3);
  table.changes.begin(3);
  t.is(table.enter(statOf(20), 3, bytes('new'), stale), namesChanged);
  t.is(table.enter(statOf(20), 3, bytes('new'), table.changes.version(3)), namesChanged, 'a change is under way');
  t.is(table.enter(statOf(14), 3, bytes('file'), stale), 4);
  table.changes.end(3);
  t.is(table.enter(statOf(20), 3, bytes('new'), stale), namesChanged, 'a change was made');
  t.is(table.enter(statOf(20), 2, bytes('elsewhere'), table.changes.version(2)), 5);
  t.is(table.enter(statOf(20), 3, bytes('new'), table.changes.version(3)), 5);
});

test('a table without room says so, and takes nothing', (t) => {
  const full = plant(smallMemory(3, 100));
  t.deepEqual(
    [12, 13, 14].map((ino) => enter(full, ino, rootNode, String(ino))),
    [2, 3, tableFull],
  );
  full.forget(2, 1, 0);
  t.is(enter(full, 14, rootNode, '14'), 2);

  const nameless = plant(smallMemory(10, 1));
  t.is(enter(nameless, 12, rootNode, 'short'), 2);
  t.is(enter(nameless, 13, rootNode, 'one too many'), tableFull);
  t.is(nameless.enterNew(statOf(13), rootNode, bytes('one too many')), tableFull);
  t.deepEqual([nameless.count, nameless.get(rootNode, node.children)], [2, 1]);
  t.is(enter(nameless, 12, rootNode, 'another name'), tableFull);
  t.deepEqual(namesOf(nameless, 2), ['1/short']);
});

/** The last close of a huge file takes long: everybody would wait for the lock meanwhile. */
test('the descriptor of what was unlinked is closed with its node, after the lock is released', (t) => {
  const table = furnished();
  const fd = openSync('/dev/null', 'r');
  table.locked(() => table.removeName(4, 3, bytes('file')));
  table.set(4, node.orphan, fd + 1);
  t.notThrows(() => fstatSync(fd));
  table.locked(() => {
    table.set(4, node.lookups, 0);
    table.freeIfUnused(4);
    t.false(table.exists(4));
    t.notThrows(() => fstatSync(fd));
  });
  t.throws(() => fstatSync(fd), { code: 'EBADF' });
});

test('what throws under the lock gives it back', (t) => {
  const table = plant();
  t.throws(() =>
    table.locked(() => {
      throw new Error('a bug');
    }),
  );
  t.is(
    table.locked(() => 7),
    7,
  );
});

test('several faces of one memory are one table', (t) => {
  const memory = smallMemory(10, 10);
  const one = plant(memory);
  const other = new NodeTable(memory);
  const id = enter(one, 12, rootNode, 'a');
  t.is(enter(other, 12, rootNode, 'a'), id);
  one.forget(id, 1, 0);
  t.true(other.exists(id));
  other.forget(id, 1, 0);
  t.false(one.exists(id));
});
