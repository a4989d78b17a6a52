import test from 'ava';
import { node } from '../../../src/filesystem/nodes/memory.js';
import { addWriter, removeWriter, writersOf } from '../../../src/filesystem/nodes/writers.js';
import { plant } from './memory.js';

/** All orders of a list. */
function orders(list: readonly number[]): number[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first) => orders(list.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

test('nodes leave the list of writers in any order', (t) => {
  const ids = [2, 3, 4, 5];
  for (const order of orders(ids)) {
    const table = plant();
    for (const id of ids) addWriter(table, id);
    const left = new Set(ids);
    for (const id of order) {
      removeWriter(table, id);
      left.delete(id);
      t.deepEqual(writersOf(table).sort(), [...left], `${id} of ${order}`);
    }
    addWriter(table, 3);
    t.deepEqual(writersOf(table), [3], 'whoever left may come again');
  }
});

test('a node is in the list once, until its last writer is gone', (t) => {
  const table = plant();
  for (const id of [2, 3, 2]) addWriter(table, id);
  t.deepEqual(writersOf(table).sort(), [2, 3]);
  t.is(table.get(2, node.writers), 2);
  removeWriter(table, 2);
  t.deepEqual(writersOf(table).sort(), [2, 3]);
  removeWriter(table, 2);
  t.deepEqual(writersOf(table), [3]);
});
