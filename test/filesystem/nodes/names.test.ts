import test from 'ava';
import { cellWords, control } from '../../../src/filesystem/nodes/memory.js';
import { NameCells } from '../../../src/filesystem/nodes/names.js';

/** Room for so many cells. */
function cells(count: number): { names: NameCells; used: () => number } {
  const words = new Int32Array(control.words);
  const names = new NameCells(words, new SharedArrayBuffer((count + 1) * cellWords * 4));
  return { names, used: () => words[control.usedCells] ?? -1 };
}

function read(names: NameCells, cell: number): Buffer {
  const out = Buffer.alloc(names.length(cell) + 4, 0xee);
  names.copy(cell, out, 2);
  return out;
}

const nameOf = (length: number, salt = 0) =>
  Buffer.from(Array.from({ length }, (_, index) => ((index * 7 + length + salt) % 255) + 1));
const framed = (name: Buffer) => Buffer.concat([Buffer.from([0xee, 0xee]), name, Buffer.from([0xee, 0xee])]);

test('names of 1 to 255 bytes are kept beside each other', (t) => {
  const { names } = cells(3000);
  const kept = Array.from({ length: 255 }, (_, index) => names.make(index + 1, nameOf(index + 1), 0));
  for (const [index, cell] of kept.entries()) {
    const name = nameOf(index + 1);
    t.deepEqual(read(names, cell), framed(name), `${name.length} bytes`);
    t.deepEqual([names.length(cell), names.parent(cell), names.next(cell)], [name.length, name.length, 0]);
    t.true(names.equals(cell, name.length, name));
  }
});

test('a name equals only the same bytes in the same directory', (t) => {
  const { names } = cells(100);
  for (const length of [1, 15, 16, 17, 44, 45, 255]) {
    const name = nameOf(length);
    const cell = names.make(9, name, 0);
    t.true(names.equals(cell, 9, name));
    t.false(names.equals(cell, 8, name));
    t.false(names.equals(cell, 9, name.subarray(1)));
    t.false(names.equals(cell, 9, Buffer.concat([name, Buffer.from('x')])));
    for (const at of [0, length >> 1, length - 1]) {
      const another = Buffer.from(name);
      another[at]! ^= 1;
      t.false(names.equals(cell, 9, another), `${length} bytes, another at ${at}`);
    }
    names.free(cell);
  }
});

test('names form lists', (t) => {
  const { names } = cells(10);
  const last = names.make(1, nameOf(3), 0);
  const first = names.make(1, nameOf(4), last);
  t.is(names.next(first), last);
  names.setNext(first, 0);
  t.is(names.next(first), 0);
});

test('cells that were freed are used again, all of them', (t) => {
  const { names, used } = cells(200);
  const make = () => [1, 16, 17, 255, 100].map((length) => names.make(1, nameOf(length), 0));
  for (const cell of make()) names.free(cell);
  const after = used();
  for (let round = 0; round < 50; round++) {
    const made = make();
    t.true(made.every((cell) => cell > 0));
    t.is(used(), after);
    for (const cell of round % 2 === 0 ? made : made.reverse()) names.free(cell);
  }
});

test('a name for which there is no room takes none', (t) => {
  const { names } = cells(10);
  // The longest name takes one cell for 16 bytes, and nine for 28 each.
  const whole = names.make(1, nameOf(255), 0);
  t.true(whole > 0);
  t.is(names.make(1, nameOf(1), 0), 0);
  names.free(whole);
  const small = names.make(1, nameOf(1), 0);
  t.is(names.make(1, nameOf(255), 0), 0, 'one cell too few');
  const rest = Array.from({ length: 9 }, (_, index) => names.make(1, nameOf(16, index), 0));
  t.true(
    rest.every((cell) => cell > 0),
    'what the failure took was given back',
  );
  t.is(names.make(1, nameOf(1), 0), 0);
  t.deepEqual(read(names, small), framed(nameOf(1)));
});
