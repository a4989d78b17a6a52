import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { HEADER_BYTES, Word } from '../../src/journal/layout.js';
import { JournalFailure, JournalQueue } from '../../src/journal/queue.js';
import { Operation } from '../../src/journal/record.js';
import { waitUntil } from '../support/wait.js';
import { produce } from './produce.js';
import { append, record, takeAll, unpack } from './records.js';

const LIMIT_MS = 20_000;
const ID = '01234567-89ab-cdef-0123-456789abcdef';

function makeQueue(bytes = 1 << 16): JournalQueue {
  return new JournalQueue(JournalQueue.allocate(bytes));
}

/** Whether a producer sleeps because the queue is full. */
function isBlocking(queue: JournalQueue): boolean {
  return Atomics.load(new Int32Array(queue.memory), Word.blocked) === 1;
}

test('records come out as they went in, extremes included', (t) => {
  const queue = makeQueue();
  const records = [
    record(),
    record({ operation: Operation.rename, path: Buffer.from([0xff, 0x0a, 0x2f, 0xfe]), path2: Buffer.from('ü') }),
    record({ operation: Operation.meta, path: Buffer.alloc(0), timeUs: 2 ** 53 - 1 }),
    record({ operation: Operation.exchange, path2: Buffer.alloc(0) }),
    record({ inoLo: 0xffffffff, inoHi: 0xffffffff, dev: 0xffffffff, epoch: 0xffffffff }),
    record({ path: Buffer.alloc(4096, 'x') }),
  ];
  for (const one of records) append(queue, one);
  t.deepEqual(takeAll(queue), records);
  t.is(queue.takeBatch(), undefined);
});

test('a small ring keeps the order over many wraps', (t) => {
  const queue = makeQueue(1000);
  let taken = 0;
  for (let number = 0; number < 5000; number++) {
    append(queue, record({ inoLo: number, path: Buffer.alloc((number * 37) % 300, 'x') }));
    if (number % 2 === 0) continue;
    for (const { inoLo, path } of takeAll(queue)) {
      t.is(inoLo, taken);
      t.is(path.length, (taken++ * 37) % 300);
    }
  }
  t.is(taken, 5000);
});

test('many producers: nothing is dropped and each one keeps its order', (t) => {
  const queue = makeQueue(4096);
  const [producers, each] = [4, 20_000];
  for (let producer = 0; producer < producers; producer++) produce(t, queue.memory, producer, each);
  const next = new Array<number>(producers).fill(0);
  for (let taken = 0; taken < producers * each; ) {
    if (!queue.waitForRecords(LIMIT_MS)) throw new Error(`No more records after ${next}`);
    for (const { dev, inoLo, timeUs, path } of takeAll(queue)) {
      const expected = next[dev]!++;
      if (inoLo !== expected || timeUs !== 1e15 + inoLo || path.length !== (inoLo * 31) % 200) {
        throw new Error(`Producer ${dev}: record ${inoLo}, wanted ${expected}`);
      }
      taken++;
    }
  }
  t.deepEqual(next, new Array(producers).fill(each));
  t.is(queue.takeBatch(), undefined);
});

test('a full queue blocks its producer until records are taken', async (t) => {
  const queue = makeQueue(1024);
  const { appended, done } = produce(t, queue.memory, 0, 50);
  await waitUntil('the producer sleeps', () => (isBlocking(queue) ? undefined : `${appended()} appended`));
  const fitted = appended();
  t.true(fitted > 0 && fitted < 50, `${fitted} records of at least ${HEADER_BYTES} bytes fitted into 1024`);
  t.is(unpack(queue.takeBatch()).length, fitted);
  await waitUntil('it appends again', () => (appended() > fitted ? undefined : `${appended()} appended`));
  await waitUntil('all are taken', () => {
    takeAll(queue);
    return appended() === 50 ? undefined : `${appended()} appended`;
  });
  await done;
});

test('a flush resolves when all that was appended before it is committed, and not before', async (t) => {
  const queue = makeQueue();
  append(queue, record());
  let flushed = false;
  const flush = queue.flush().finally(() => {
    flushed = true;
  });
  unpack(queue.takeBatch());
  await nextTurn();
  t.false(flushed);
  append(queue, record());
  queue.committed({ journalId: ID, head: 7 });
  t.deepEqual(await flush, { journalId: ID, head: 7 });
  t.is(queue.head, 7);
});

test('a flush of an empty queue resolves at once', async (t) => {
  const queue = makeQueue();
  queue.committed({ journalId: ID, head: 3 });
  t.deepEqual(await queue.flush(), { journalId: ID, head: 3 });
});

test('a failure drops what is queued, refuses flushes and lets producers go', async (t) => {
  const queue = makeQueue(1024);
  const { done } = produce(t, queue.memory, 0, 50);
  await waitUntil('the producer sleeps', () => (isBlocking(queue) ? undefined : 'it does not'));
  const flush = queue.flush();
  queue.fail('no space left on the device');
  await t.throwsAsync(flush, { instanceOf: JournalFailure, message: /no space left on the device/ });
  await done;
  t.is(queue.failure, 'no space left on the device');
  t.is(queue.takeBatch(), undefined);
  await t.throwsAsync(queue.flush(), { instanceOf: JournalFailure });
});

test('after a failure the first record is a gap that is as new as what was lost', async (t) => {
  const queue = makeQueue();
  append(queue, record({ timeUs: 5000 }));
  queue.fail('broken');
  append(queue, record({ timeUs: 7000 }));
  append(queue, record({ timeUs: 6000 }));
  queue.reopen();
  t.is(queue.failure, null);
  append(queue, record({ timeUs: 6500 }));
  const taken = unpack(queue.takeBatch());
  t.deepEqual(
    taken.map(({ operation, timeUs, path }) => [operation, timeUs, path.length]),
    [
      [Operation.gap, 7000, 0],
      [Operation.data, 6500, 6],
    ],
  );
});

test('a flush does not succeed between a loss and its gap', async (t) => {
  const queue = makeQueue();
  queue.committed({ journalId: ID, head: 1 });
  queue.fail('broken');
  queue.reopen();
  let flushed = false;
  const flush = queue.flush().finally(() => {
    flushed = true;
  });
  await nextTurn();
  t.false(flushed);
  unpack(queue.takeBatch());
  queue.committed({ journalId: ID, head: 2 });
  t.is((await flush).head, 2);
});

test('a flush that spans a failure is refused though the journal works again', async (t) => {
  const queue = makeQueue();
  append(queue, record());
  const flush = queue.flush();
  queue.fail('broken');
  queue.reopen();
  unpack(queue.takeBatch());
  queue.committed({ journalId: ID, head: 2 });
  await t.throwsAsync(flush, { instanceOf: JournalFailure });
});

test('a record that can never fit is a gap in its place', (t) => {
  const queue = makeQueue(1024);
  append(queue, record({ inoLo: 1 }));
  append(queue, record({ path: Buffer.alloc(2000, 'x'), timeUs: 9000, epoch: 4 }));
  append(queue, record({ inoLo: 2 }));
  const [before, gap, after] = takeAll(queue);
  t.deepEqual([before?.inoLo, after?.inoLo], [1, 2]);
  t.deepEqual([gap?.operation, gap?.timeUs, gap?.epoch, gap?.path.length], [Operation.gap, 9000, 4, 0]);
});

test('a record after the end is a bug of the caller, and does not lock the queue', (t) => {
  const queue = makeQueue();
  append(queue, record());
  queue.end();
  t.true(queue.ended);
  t.throws(() => append(queue, record()), { message: /has ended/ });
  t.is(takeAll(queue).length, 1);
});

test('the consumer does not sleep while there is something to do', (t) => {
  const queue = makeQueue();
  t.false(queue.waitForRecords(0));
  append(queue, record());
  t.true(queue.waitForRecords(LIMIT_MS));
  void queue.flush();
  t.true(queue.waitForRecords(LIMIT_MS, 1 << 15), 'a flush does not wait for more records');
  takeAll(queue);
  queue.committed({ journalId: ID, head: 1 });
  queue.end();
  t.false(queue.waitForRecords(LIMIT_MS));
});
