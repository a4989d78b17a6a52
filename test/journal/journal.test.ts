import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Journal, type JournalOptions } from '../../src/journal/journal.js';
import { JournalFailure } from '../../src/journal/queue.js';
import { JournalReader, JournalUnreadable } from '../../src/journal/reader.js';
import { Operation } from '../../src/journal/record.js';
import { JOURNAL_SCHEMA } from '../../src/journal/schema.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { State } from '../../src/volume/state.js';
import { UserError, type Volume } from '../../src/volume/volume.js';
import { Talker } from '../support/lines.js';
import { makeVolume } from '../support/state.js';
import { waitUntil } from '../support/wait.js';
import { destroyPage } from './damage.js';
import { produce } from './produce.js';
import { append, record } from './records.js';

function journalOf(volume: Volume): string {
  return join(volume.stateDir, 'journal.db');
}

/** Starts a journal that keeps records of any age. */
async function start(t: ExecutionContext, volume: Volume, options: JournalOptions = {}): Promise<Journal> {
  const journal = await Journal.start(volume, { ...options, retentionUs: Number.POSITIVE_INFINITY });
  t.teardown(() => journal.end());
  return journal;
}

/** Operation and time of every record that is left. */
function contents(volume: Volume): [number, number][] {
  const reader = JournalReader.need(volume.stateDir);
  const records = [...reader.readLeft(0, reader.head)].map(({ operation, timeUs }): [number, number] => [
    operation,
    timeUs,
  ]);
  reader.close();
  return records;
}

test('what a flush answers is in the journal', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume);
  append(journal.queue, record({ inoLo: 1 }));
  append(journal.queue, record({ inoLo: 2 }));
  const { head, journalId } = await journal.flush();
  const reader = JournalReader.need(volume.stateDir);
  t.deepEqual([reader.id, reader.head, head], [journalId, 2, 2]);
  reader.close();
  t.true(await journal.end());
  t.deepEqual(
    readdirSync(volume.stateDir).filter((name) => name.startsWith('journal')),
    ['journal.db'],
    'SQLite log is gone after a clean end',
  );
});

test('records arrive without a flush', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume);
  // The second one comes when the thread has gone to sleep after a flush that it did not need to wake for.
  append(journal.queue, record());
  await journal.flush();
  await journal.flush();
  append(journal.queue, record());
  await waitUntil('the record is committed', () =>
    journal.queue.head === 2 ? undefined : `head ${journal.queue.head}`,
  );
  await journal.end();
  t.is(contents(volume).length, 2);
});

test('many threads through a tiny queue: every record is there, each thread in its order', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume, { bytes: 4096 });
  const [producers, each] = [4, 5000];
  const threads = Array.from({ length: producers }, (_, n) => produce(t, journal.queue.memory, n, each));
  await Promise.all(threads.map(({ done }) => done));
  t.true(await journal.end());
  const next = new Array<number>(producers).fill(0);
  const reader = JournalReader.need(volume.stateDir);
  let sequence = 0;
  for (const found of reader.read(0, reader.head)) {
    const wanted = next[found.dev]!++;
    if (found.ino !== BigInt(wanted) || found.sequence !== ++sequence) {
      t.fail(`Record ${found.sequence}: thread ${found.dev}, inode ${found.ino}, wanted ${wanted}`);
    }
  }
  reader.close();
  t.deepEqual(next, new Array(producers).fill(each));
});

test('records appended before the end are committed by it', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume);
  for (let n = 0; n < 1000; n++) append(journal.queue, record());
  t.true(await journal.end());
  t.is(contents(volume).length, 1000);
});

test('an unclean end is a gap before the first record, but not in a new file', async (t) => {
  const volume = makeVolume(t);
  const gap = { timeUs: 5000, position: 0 };
  const first = await start(t, volume, { gap });
  append(first.queue, record({ timeUs: 4000 }));
  await first.end();
  const second = await start(t, volume, { gap });
  append(second.queue, record({ timeUs: 6000 }));
  await second.end();
  t.deepEqual(contents(volume), [
    [Operation.data, 4000],
    [Operation.gap, 5000],
    [Operation.data, 6000],
  ]);
});

/**
 * After a power cut a pass went by the journal from a position that had been lost with the last commits and was then given
 * to the gap: it shipped nothing.
 */
test('the gap lies behind every position that slaves have, though a power cut took the records up to there', async (t) => {
  const volume = makeVolume(t);
  await (await start(t, volume)).end();
  const journal = await start(t, volume, { gap: { timeUs: 5000, position: 3 } });
  t.is((await journal.flush()).head, 4);
  append(journal.queue, record());
  t.is((await journal.flush()).head, 5);
  const reader = JournalReader.need(volume.stateDir);
  t.teardown(() => reader.close());
  for (const position of [0, 1, 2, 3]) t.false(reader.wholeSince(position, Number.MAX_SAFE_INTEGER), String(position));
  t.true(reader.wholeSince(4, Number.MAX_SAFE_INTEGER));
});

test('a database that cannot be written costs records, which a gap tells, and nobody waits for ever', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume, { bytes: 4096, busyMs: 50 });
  append(journal.queue, record({ timeUs: 1000 }));
  await journal.flush();
  const other = new Sqlite(journalOf(volume));
  other.exec('BEGIN IMMEDIATE');
  const { done } = produce(t, journal.queue.memory, 0, 2000);
  await done;
  await t.throwsAsync(journal.flush(), { instanceOf: JournalFailure, message: /database is locked/ });
  t.regex(journal.queue.failure ?? '', /database is locked/);
  other.exec('ROLLBACK');
  other.close();
  await waitUntil('the journal is written again', () => journal.queue.failure ?? undefined);
  append(journal.queue, record({ timeUs: 2e15 }));
  const { head } = await journal.flush();
  t.true(await journal.end());
  const records = contents(volume);
  const gap = records.findIndex(([operation]) => operation === Operation.gap);
  t.deepEqual(records[0], [Operation.data, 1000]);
  t.true(gap > 0);
  t.deepEqual(records[gap], [Operation.gap, 1e15 + 1999], 'as new as the newest record that was lost');
  t.deepEqual([records.at(-1), records.length], [[Operation.data, 2e15], head]);
});

test('a journal that cannot be written at the end is not a clean end', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume, { busyMs: 0 });
  const other = new Sqlite(journalOf(volume));
  other.exec('BEGIN IMMEDIATE');
  append(journal.queue, record());
  t.false(await journal.end());
  other.close();
});

test('a journal that cannot be opened at the start lets the mount go on, and its gap is not forgotten', async (t) => {
  const volume = makeVolume(t);
  await (await start(t, volume)).end();
  const other = new Sqlite(journalOf(volume));
  other.exec('BEGIN IMMEDIATE');
  const journal = await start(t, volume, { busyMs: 0, gap: { timeUs: 7000, position: 8 } });
  t.regex(journal.queue.failure ?? '', /database is locked/);
  other.close();
  await waitUntil('the journal is written again', () => journal.queue.failure ?? undefined);
  t.is((await journal.flush()).head, 9);
  await journal.end();
  t.deepEqual(contents(volume), [[Operation.gap, 7000]]);
});

test('a journal deleted while it is written is begun anew, under another id', async (t) => {
  const volume = makeVolume(t);
  const journal = await start(t, volume);
  append(journal.queue, record());
  const before = await journal.flush();
  for (const name of readdirSync(volume.stateDir)) {
    if (name.startsWith('journal')) rmSync(join(volume.stateDir, name));
  }
  append(journal.queue, record());
  const after = await journal.flush();
  t.not(after.journalId, before.journalId);
  t.is(after.head, 1);
  t.true(await journal.end());
  t.is(contents(volume).length, 1);
});

test('damage that shows only when writing costs the file, not the records that come', async (t) => {
  const volume = makeVolume(t);
  const first = await start(t, volume);
  append(first.queue, record());
  const before = await first.flush();
  await first.end();
  // The writer looks here first when a batch comes, and not before.
  destroyPage(journalOf(volume), 'names');
  const journal = await start(t, volume);
  append(journal.queue, record());
  const after = await journal.flush();
  t.not(after.journalId, before.journalId);
  t.is(after.head, 1);
  t.true(await journal.end());
});

test('records that are older than the retention go when every slave has passed them', async (t) => {
  const volume = makeVolume(t);
  const first = await start(t, volume);
  for (let n = 0; n < 5; n++) append(first.queue, record());
  const { journalId } = await first.flush();
  await first.end();
  const state = State.open(volume);
  t.teardown(() => state.close());
  addSlaveAt(state, 'near', journalId, 4);
  addSlaveAt(state, 'far', journalId, 2);
  addSlaveAt(state, 'elsewhere', 'another journal', 0);
  const second = await Journal.start(volume, { retentionUs: 1e6 });
  t.teardown(() => second.end());
  const reader = JournalReader.need(volume.stateDir);
  t.teardown(() => reader.close());
  await waitUntil('two are gone', () => (reader.count === 3 ? undefined : `${reader.count} left`));
  t.deepEqual(
    [...reader.readLeft(0, 5)].map(({ sequence }) => sequence),
    [3, 4, 5],
  );
});

test('more records than one step deletes go one step after the other', async (t) => {
  const volume = makeVolume(t);
  const first = await start(t, volume);
  for (let n = 0; n < 25_000; n++) append(first.queue, record());
  await first.end();
  const second = await Journal.start(volume, { retentionUs: 1e6 });
  t.teardown(() => second.end());
  const reader = JournalReader.need(volume.stateDir);
  t.teardown(() => reader.close());
  await waitUntil('all are gone', () => (reader.count === 0 ? undefined : `${reader.count} left`));
  t.is(reader.head, 25_000);
});

test('a journal that holds more than it may loses its oldest records, and no reader takes it for whole', async (t) => {
  const volume = makeVolume(t);
  const limitBytes = 2 ** 21;
  const journal = await start(t, volume, { limitBytes });
  for (let n = 0; n < 20_000; n++) append(journal.queue, record());
  await journal.flush();
  const reader = JournalReader.need(volume.stateDir);
  t.teardown(() => reader.close());
  const reading = reader.read(reader.head - 3000, reader.head);
  t.is(reading.next().value?.sequence, reader.head - 2999);
  for (let n = 0; n < 100_000; n++) append(journal.queue, record());
  await journal.flush();
  // A record takes 33 bytes.
  await waitUntil('the oldest are gone', () => (reader.count < 65_000 ? undefined : `${reader.count} left`));
  t.true(reader.count > 40_000, `${reader.count} left`);
  t.is(reader.head, 120_000, 'sequences go on');
  t.false(reader.wholeSince(0, 0));
  t.throws(() => [...reading], { instanceOf: JournalUnreadable, message: /records were deleted while it was read$/ });
  t.throws(() => [...reader.renames(0, reader.head)], { instanceOf: JournalUnreadable });
  t.is([...reader.readLeft(0, reader.head)].length, reader.count);
});

function addSlaveAt(state: State, name: string, journalId: string, position: number): void {
  const counts = { considered: 0, shipped: 0, renamed: 0, deleted: 0, failed: 0, bytes: 0, seconds: 0 };
  const lastPass = { slave: name, crawl: 'initial', ...counts, syncPoint: 1, startedUs: 1 } as const;
  state.slaves.add({ name, id: name, target: '/nowhere', addedUs: 1 });
  state.commitPass(name, { journalId, position, stimeUs: 1, pending: [], lastPass, state: 'active', reason: null });
}

test('a newer journal is refused before anything is mounted', async (t) => {
  const volume = makeVolume(t);
  await (await start(t, volume)).end();
  const db = new Sqlite(journalOf(volume));
  db.pragma(`user_version = ${JOURNAL_SCHEMA + 1}`);
  db.close();
  await t.throwsAsync(start(t, volume), { instanceOf: UserError, message: /schema is 2, wanted 1/ });
});

test('a process killed while it writes leaves a journal that opens, with all that a flush answered', async (t) => {
  const volume = makeVolume(t);
  for (let round = 0; round < 5; round++) {
    const program = new Talker(t, new URL('./writes-for-ever.js', import.meta.url), volume.source);
    let head = 0;
    for (let flushes = 0; flushes <= round; flushes++) head = Number(await program.line());
    await program.kill();
    const reader = JournalReader.need(volume.stateDir);
    t.true(reader.head >= head, `head ${reader.head}, a flush had answered ${head}`);
    let sequence = 0;
    for (const found of reader.read(0, reader.head)) {
      if (found.sequence !== ++sequence) t.fail(`Record ${found.sequence} after ${sequence - 1}`);
    }
    t.is(sequence, reader.head);
    reader.close();
    const db = new Sqlite(journalOf(volume), { readonly: true });
    t.is(db.pragma('integrity_check', { simple: true }), 'ok');
    db.close();
  }
});
