import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { JournalLinks } from '../../src/journal/links.js';
import { Operation } from '../../src/journal/record.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { makeWork } from '../support/work.js';
import { batchOf, named, record, type TestRecord } from './records.js';

const DEV = 0x801;
const { link, unlink, rename, exchange, create } = Operation;

/** What happened, and the names of inode 12 that must be known afterwards. */
const ROWS: Record<string, { records: TestRecord[]; names: string[] }> = {
  'a link knows both names': { records: [named(link, 'a', 'd/b')], names: ['a', 'd/b'] },
  'more links add names': { records: [named(link, 'a', 'b'), named(link, 'b', 'c')], names: ['a', 'b', 'c'] },
  'an unlinked name goes': {
    records: [named(link, 'a', 'b'), named(link, 'a', 'c'), named(unlink, 'a')],
    names: ['b', 'c'],
  },
  'the last name needs no list': { records: [named(link, 'a', 'b'), named(unlink, 'a')], names: [] },
  'a renamed name moves': { records: [named(link, 'a', 'b'), named(rename, 'a', 'd/x')], names: ['b', 'd/x'] },
  'a name that is renamed over goes': {
    records: [named(link, 'a', 'b'), named(link, 'a', 'c'), named(rename, 'other', 'b', 99)],
    names: ['a', 'c'],
  },
  'a renamed directory takes the names below it along': {
    records: [named(link, 'd/a', 'd/e/b'), named(rename, 'd', 'new/place', 5)],
    names: ['new/place/a', 'new/place/e/b'],
  },
  'neighbours of a renamed directory stay': {
    records: [named(link, 'd/a', 'd.x'), named(link, 'd/a', 'd0'), named(rename, 'd', 'n', 5)],
    names: ['d.x', 'd0', 'n/a'],
  },
  'a directory renamed to a longer and to a shorter name': {
    records: [named(link, 'd/a', 'd/b'), named(rename, 'd', 'longer', 5), named(rename, 'longer', 's', 5)],
    names: ['s/a', 's/b'],
  },
  'exchanged directories swap what is below them': {
    records: [named(link, 'd/a', 'e/b'), named(exchange, 'd', 'e', 5)],
    names: ['d/b', 'e/a'],
  },
  'an exchange of a name and another': {
    records: [named(link, 'a', 'b'), named(exchange, 'a', 'x')],
    names: ['b', 'x'],
  },
  'other objects are not touched': {
    records: [
      named(link, 'a', 'b'),
      named(link, 'p', 'q', 77),
      named(create, 'z', null, 78),
      named(unlink, 'p', null, 77),
    ],
    names: ['a', 'b'],
  },
};

for (const [title, { records, names }] of Object.entries(ROWS)) {
  test(title, (t) => {
    const stateDir = makeWork(t);
    const writer = JournalWriter.open(stateDir);
    // Each in a batch of its own, and then all in one: the writer looks for links once a batch.
    for (const one of records) writer.append(batchOf(one));
    t.deepEqual(namesIn(stateDir), names);
    writer.close();
    const other = makeWork(t);
    const atOnce = JournalWriter.open(other);
    atOnce.append(batchOf(...records));
    t.deepEqual(namesIn(other), names);
    atOnce.close();
  });
}

function namesIn(stateDir: string, ino = 12n): string[] {
  const links = JournalLinks.open(stateDir)!;
  const names = links.namesOf(DEV, ino).map(String);
  links.close();
  return names;
}

test('names are bytes, whatever directory they move with', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  const bytes = (...parts: (string | number)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));
  const path = bytes(0xff, 0xfe, '/', 0x0a, 0x80);
  const path2 = bytes(0xff, 0xfe, '/', 0xc3);
  writer.append(batchOf(record({ operation: link, path, path2 })));
  writer.append(batchOf(record({ operation: rename, path: bytes(0xff, 0xfe), path2: bytes('x', 0xed, 0xa0) })));
  const links = JournalLinks.open(stateDir)!;
  t.deepEqual(links.namesOf(DEV, 12n), [bytes('x', 0xed, 0xa0, '/', 0x0a, 0x80), bytes('x', 0xed, 0xa0, '/', 0xc3)]);
  links.close();
  writer.close();
});

test('the shipper adds names while the writer writes, and the writer keeps them', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  const links = JournalLinks.open(stateDir)!;
  const ino = 0xffffffff0000000cn;
  links.add(Buffer.from('d/one'), DEV, ino);
  links.add(Buffer.from('d/two'), DEV, ino);
  writer.append(batchOf(named(rename, 'd', 'e', 5)));
  t.deepEqual(links.namesOf(DEV, ino).map(String), ['e/one', 'e/two']);
  t.deepEqual(links.namesOf(DEV + 1, ino), []);
  links.close();
  writer.close();
});

test('there is no index without a journal', (t) => {
  const stateDir = makeWork(t);
  t.is(JournalLinks.open(stateDir), undefined);
  JournalWriter.open(stateDir).close();
  JournalLinks.open(stateDir)!.close();
  rmSync(join(stateDir, 'journal.db'));
  t.is(JournalLinks.open(stateDir), undefined);
});
