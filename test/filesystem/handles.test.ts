import test from 'ava';
import { HandleKind, Handles } from '../../src/filesystem/handles.js';

const MOST = 8;

/** Two threads' faces of one table. */
function faces(): [Handles, Handles] {
  const memory = new SharedArrayBuffer(Handles.bytes);
  return [new Handles(memory, MOST), new Handles(memory, MOST)];
}

test('a descriptor is a handle of its node, for all threads, until it ends', (t) => {
  const [one, other] = faces();
  one.opened(20, 5, HandleKind.writing);
  one.opened(21, 2 ** 24 - 1, HandleKind.both);
  t.is(other.kind(20, 5), HandleKind.writing);
  t.is(other.kind(21, 2 ** 24 - 1), HandleKind.both);
  other.ended(20);
  t.is(one.kind(20, 5), undefined);
  one.opened(20, 6, HandleKind.reading);
  t.is(one.kind(20, 6), HandleKind.reading);
});

test('nothing else is a handle', (t) => {
  const [handles] = faces();
  handles.opened(20, 5, HandleKind.reading);
  for (const [fd, id] of [
    [20, 4],
    [20, 6],
    [20, 0],
    [19, 5],
    [0, 0],
    [0, 1],
    [2 ** 31, 5],
    [2 ** 32 - 1, 0],
  ] as const)
    t.is(handles.kind(fd, id), undefined, `${fd} of ${id}`);
});

test('handles are admitted up to the limit', (t) => {
  const [one, other] = faces();
  for (let fd = 10; fd < 10 + MOST; fd++) {
    t.true(other.admit());
    one.opened(fd, 1, HandleKind.reading);
  }
  t.false(other.admit());
  other.ended(10);
  t.true(one.admit());
});
