import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { JournalReader, JournalUnreadable } from '../../src/journal/reader.js';
import { Operation } from '../../src/journal/record.js';
import { JOURNAL_SCHEMA } from '../../src/journal/schema.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { UserError } from '../../src/volume/volume.js';
import { makeWork } from '../support/work.js';
import { destroyPage } from './damage.js';
import { batchOf, named, record } from './records.js';

/** A folder with a journal of three records; returns its id. */
function makeJournal(stateDir: string): string {
  const writer = JournalWriter.open(stateDir);
  writer.append(batchOf(record({ inoLo: 1 }), record({ inoLo: 2 }), record({ inoLo: 3 })));
  writer.close();
  return writer.id;
}

function inodes(reader: JournalReader, after = 0, upTo = reader.head): bigint[] {
  return [...reader.read(after, upTo)].map(({ ino }) => ino);
}

test('records are read as they were appended', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  const big = { inoLo: 0xfffffffe, inoHi: 0xffffffff, epoch: 0xffffffff, timeUs: 2 ** 53 - 1 };
  const bytes = Buffer.from([0xff, 0x0a, 0x2f, 0x01]);
  writer.append(
    batchOf(record(big), record({ operation: Operation.rename, path: bytes, path2: Buffer.alloc(0), inoHi: 1 })),
  );
  const reader = JournalReader.need(stateDir);
  const [first, second] = reader.read(0, 2);
  t.deepEqual(first, {
    sequence: 1,
    timeUs: 2 ** 53 - 1,
    epoch: 0xffffffff,
    operation: Operation.data,
    dev: 0x801,
    ino: 0xfffffffffffffffen,
    path: Buffer.from('a/file'),
    path2: null,
  });
  t.deepEqual(second?.path, bytes);
  t.deepEqual(second?.path2, Buffer.alloc(0));
  t.is(second?.ino, 0x10000000cn);
  t.deepEqual([...reader.renames(0, 2)], [second]);
  t.deepEqual([reader.id, reader.head, reader.count], [writer.id, 2, 2]);
  t.true(reader.bytes > 0);
  reader.close();
  writer.close();
});

test('a range ends where it says, over many pages', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  for (let batch = 0; batch < 5; batch++) {
    writer.append(batchOf(...Array.from({ length: 1000 }, (_, n) => record({ inoLo: batch * 1000 + n }))));
  }
  const reader = JournalReader.need(stateDir);
  const sequences = [...reader.read(3, 4990)].map(({ sequence }) => sequence);
  t.deepEqual([sequences[0], sequences.at(-1), sequences.length], [4, 4990, 4987]);
  t.deepEqual(inodes(reader, 4096, 4098), [4096n, 4097n]);
  reader.close();
  writer.close();
});

test('a second life goes on with id and sequences', (t) => {
  const stateDir = makeWork(t);
  const id = makeJournal(stateDir);
  const writer = JournalWriter.open(stateDir, { check: true });
  t.deepEqual([writer.id, writer.head, writer.isNew], [id, 3, false]);
  writer.append(batchOf(record({ inoLo: 4 })));
  const reader = JournalReader.need(stateDir);
  t.deepEqual(inodes(reader), [1n, 2n, 3n, 4n]);
  reader.close();
  writer.close();
});

test('a batch that fails leaves nothing, and the head where it was', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir, { busyMs: 0 });
  const other = new Sqlite(join(stateDir, 'journal.db'));
  other.exec('BEGIN IMMEDIATE');
  const batch = batchOf(record());
  t.throws(() => writer.append(batch), { any: true, code: 'SQLITE_BUSY' });
  t.is(writer.head, 0);
  other.exec('ROLLBACK');
  other.close();
  batch.rewind();
  writer.append(batch);
  t.is(writer.head, 1);
  writer.close();
});

test('whole since: gaps, pruning and the head decide', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  writer.append(batchOf(record({ timeUs: 1000 }), record({ timeUs: 2000 })));
  writer.appendGap(2500);
  writer.append(batchOf(record({ timeUs: 3000 }), record({ timeUs: 4000 })));
  const reader = JournalReader.need(stateDir);
  const rows: [number, number, boolean, string][] = [
    [3, 2500, true, 'at the gap'],
    [4, 3000, true, 'after the gap'],
    [2, 2000, false, 'before the gap'],
    [2, 2600, false, 'the time is after the gap, the position is not'],
    [3, 2400, false, 'the position is after the gap, the time is not'],
    [5, 4000, true, 'at the head'],
    [6, 4000, false, 'beyond the head'],
  ];
  for (const [position, timeUs, whole, why] of rows) t.is(reader.wholeSince(position, timeUs), whole, why);
  t.false(writer.prune(4, 10_000));
  t.false(reader.wholeSince(3, 2500), 'pruned');
  t.true(reader.wholeSince(4, 3000));
  t.deepEqual([reader.count, reader.head], [1, 5]);
  reader.close();
  writer.close();
});

test('pruning keeps what is young or not passed, and sequences when all is gone', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  writer.append(batchOf(...[100, 200, 300, 150, 400].map((timeUs) => record({ timeUs }))));
  const reader = JournalReader.need(stateDir);
  writer.prune(5, 250);
  t.deepEqual([reader.count, reader.firstTimeAfter(0)], [3, 300], 'ends at the first young record');
  writer.prune(4, 1000);
  t.deepEqual([reader.count, reader.firstTimeAfter(0)], [1, 400], 'ends where the slaves are');
  writer.prune(99, 1000);
  t.deepEqual([reader.count, reader.head, reader.firstTimeAfter(0)], [0, 5, undefined]);
  reader.close();
  writer.close();
  const again = JournalWriter.open(stateDir);
  t.is(again.head, 5);
  again.close();
});

test('a large prune goes in steps', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  const thousand = Array.from({ length: 1000 }, () => record({ timeUs: 1 }));
  for (let batch = 0; batch < 12; batch++) writer.append(batchOf(...thousand));
  const reader = JournalReader.need(stateDir);
  t.true(writer.prune(11_500, 2));
  t.is(reader.count, 2000);
  t.false(writer.prune(11_500, 2));
  t.is(reader.count, 500);
  reader.close();
  writer.close();
});

/** What stands in the way of the journal, and whether the writer has to replace it. */
const STATES: Record<string, { replaced: boolean; make(file: string): void }> = {
  'an empty file': { replaced: false, make: (file) => writeFileSync(file, '') },
  'a file of another format': { replaced: true, make: (file) => writeFileSync(file, 'not a database, '.repeat(1000)) },
  'a file cut short': { replaced: true, make: (file) => truncateSync(file, 5000) },
  'a directory': {
    replaced: true,
    make: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  },
  'another SQLite file': {
    replaced: true,
    make: (file) => {
      rmSync(file);
      new Sqlite(file).exec('CREATE TABLE other (a)').close();
    },
  },
  'a journal of an older schema': {
    replaced: true,
    make: (file) => {
      const db = new Sqlite(file);
      db.pragma(`user_version = ${JOURNAL_SCHEMA - 1}`);
      db.close();
    },
  },
  'a journal without its records': { replaced: true, make: (file) => destroyPage(file, 'records') },
};

for (const [state, { replaced, make }] of Object.entries(STATES)) {
  test(`${state} in the journal's place: the writer goes on with a new one`, (t) => {
    const stateDir = makeWork(t);
    const id = makeJournal(stateDir);
    make(join(stateDir, 'journal.db'));
    const reader = JournalReader.open(stateDir);
    if (reader) t.throws(() => [...reader.read(0, 3)], { instanceOf: JournalUnreadable });
    reader?.close();
    const writer = JournalWriter.open(stateDir);
    t.true(writer.isNew);
    t.not(writer.id, id);
    writer.append(batchOf(record()));
    const fresh = JournalReader.need(stateDir);
    t.is(fresh.count, 1);
    fresh.close();
    t.is(
      readdirSync(stateDir).some((name) => /^journal\.db\.bad-[^:]+Z$/.test(name)),
      replaced,
    );
    t.is(statSync(join(stateDir, 'journal.db')).mode & 0o777, 0o600);
    writer.close();
  });
}

test('damage that only a full look finds is found after a crash', (t) => {
  const stateDir = makeWork(t);
  const id = makeJournal(stateDir);
  destroyPage(join(stateDir, 'journal.db'), 'names');
  const careless = JournalWriter.open(stateDir);
  t.is(careless.id, id);
  careless.close();
  const writer = JournalWriter.open(stateDir, { check: true });
  t.not(writer.id, id);
  writer.close();
});

test('a missing journal is made; readers of none get none', (t) => {
  const stateDir = makeWork(t);
  t.is(JournalReader.open(stateDir), undefined);
  t.throws(() => JournalReader.need(stateDir), {
    message: /^Cannot read journal ".*": it does not exist; the next mount makes it$/,
  });
  const writer = JournalWriter.open(stateDir);
  t.true(writer.isNew);
  writer.close();
});

test('a deleted journal leaves nothing behind that the new one could take for its own', (t) => {
  const stateDir = makeWork(t);
  const file = join(stateDir, 'journal.db');
  const old = JournalWriter.open(stateDir);
  old.append(batchOf(record(), record()));
  t.true(old.isInPlace());
  rmSync(file);
  t.false(old.isInPlace());
  const fresh = JournalWriter.open(stateDir);
  t.deepEqual([fresh.isNew, fresh.head, fresh.isInPlace()], [true, 0, true]);
  fresh.append(batchOf(record()));
  old.close();
  const reader = JournalReader.need(stateDir);
  t.deepEqual([reader.id, reader.count], [fresh.id, 1]);
  reader.close();
  fresh.close();
});

test('a newer schema is refused by writer and reader, and left alone', (t) => {
  const stateDir = makeWork(t);
  makeJournal(stateDir);
  const db = new Sqlite(join(stateDir, 'journal.db'));
  db.pragma(`user_version = ${JOURNAL_SCHEMA + 1}`);
  db.close();
  const message = /^Cannot open journal ".*journal\.db": schema is 2, wanted 1; use a newer markerfs/;
  t.throws(() => JournalWriter.open(stateDir), { instanceOf: UserError, message });
  t.is(JournalReader.open(stateDir), undefined);
  t.throws(() => JournalReader.need(stateDir), { instanceOf: JournalUnreadable, message });
  t.deepEqual(
    readdirSync(stateDir).filter((name) => name.includes('bad')),
    [],
  );
});

test('entry operations without links leave no names', (t) => {
  const stateDir = makeWork(t);
  const writer = JournalWriter.open(stateDir);
  writer.append(batchOf(named(Operation.create, 'a'), named(Operation.rename, 'a', 'b'), named(Operation.unlink, 'b')));
  const db = new Sqlite(join(stateDir, 'journal.db'), { readonly: true });
  t.is(db.prepare('SELECT count(*) FROM links').pluck().get(), 0);
  db.close();
  writer.close();
});
