import { setImmediate as nextTurn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { JournalQueue } from '../../src/journal/queue.js';
import { Operation } from '../../src/journal/record.js';
import { Barrier, type BarrierResult } from '../../src/marker/barrier.js';
import { takeAll } from '../journal/records.js';
import { waitUntil } from '../support/wait.js';
import { makeWork } from '../support/work.js';
import { makeMarker } from './nodes.js';

const [root, file, c] = [1, 4, 6];
const ID = '01234567-89ab-cdef-0123-456789abcdef';

/** What the journal's thread does, when it is told to: gives each queued record the next sequence. */
class Consumer {
  readonly sequences: [sequence: number, path: string][] = [];

  constructor(private readonly queue: JournalQueue) {}

  commit(): void {
    for (const { path } of takeAll(this.queue)) this.sequences.push([this.sequences.length + 1, path.toString()]);
    this.queue.committed({ journalId: ID, head: this.sequences.length });
  }
}

function setUp(t: ExecutionContext, writers: () => number[] = () => []) {
  const marker = makeMarker(makeWork(t));
  const { mainEpochs, clock, queue, mainObserver } = marker;
  const consumer = new Consumer(queue);
  const barrier = new Barrier(mainEpochs, clock, queue, mainObserver, writers);
  /** Raises a barrier and commits whatever it waits for. */
  const raise = async (): Promise<BarrierResult> => {
    let answered = false;
    const raised = barrier.raise().finally(() => {
      answered = true;
    });
    while (!answered) {
      consumer.commit();
      await nextTurn();
    }
    return raised;
  };
  return { ...marker, consumer, barrier, raise };
}

test('what was changed before a barrier is marked at or before its time, what is changed after it later', async (t) => {
  const { observer, nodes, raise } = setUp(t);
  observer.touch(file);
  const before = [root, file].map((id) => nodes.mark(id) ?? 0);
  const { timeUs, epoch } = await raise();
  t.is(epoch, 2);
  t.true(before.every((mark) => mark <= timeUs));
  observer.touch(file);
  for (const id of [root, file]) t.true((nodes.mark(id) ?? 0) > timeUs, String(id));
});

test('the head covers every record before the barrier, and none after it', async (t) => {
  const { observer, consumer, raise } = setUp(t);
  observer.touch(file);
  observer.touch(c);
  const { head, journalId } = await raise();
  t.deepEqual([head, journalId], [2, ID]);
  // Recorded already, but before the head.
  observer.touch(file);
  consumer.commit();
  t.deepEqual(consumer.sequences, [
    [1, 'a/b/file'],
    [2, 'c'],
    [3, 'a/b/file'],
  ]);
});

test('what is open for writing is marked and recorded anew, behind the head', async (t) => {
  const { observer, nodes, consumer, raise } = setUp(t, () => [file]);
  observer.touch(file);
  const { timeUs, head } = await raise();
  t.is(head, 1);
  t.true((nodes.mark(file) ?? 0) > timeUs);
  consumer.commit();
  t.deepEqual(consumer.sequences, [
    [1, 'a/b/file'],
    [2, 'a/b/file'],
  ]);
});

test('a barrier waits for a change of the old epoch, and only then reads the head', async (t) => {
  const { epochs, observer, consumer, barrier } = setUp(t);
  epochs.begin();
  let answer: BarrierResult | undefined;
  void barrier.raise().then((result) => {
    answer = result;
  });
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  consumer.commit();
  t.is(answer, undefined);
  t.is(epochs.recordSpan, 1);
  // The change ends with a record.
  observer.record(Operation.data, 7, file, 0, Buffer.from('late'), null);
  epochs.end();
  await waitUntil('it is answered', () => {
    consumer.commit();
    return answer === undefined ? 'it waits' : undefined;
  });
  t.is(answer?.head, 1);
  t.is(epochs.recordSpan, 2);
});

test('barriers come one after the other, each with a later time and another epoch', async (t) => {
  const { consumer, barrier } = setUp(t);
  const results: BarrierResult[] = [];
  const all = Promise.all([1, 2, 3].map(() => barrier.raise().then((result) => results.push(result))));
  await waitUntil('all are answered', () => {
    consumer.commit();
    return results.length === 3 ? undefined : String(results.length);
  });
  await all;
  t.deepEqual(
    results.map(({ epoch }) => epoch),
    [2, 3, 4],
  );
  const [one, two, three] = results.map(({ timeUs }) => timeUs);
  t.true(one! < two! && two! < three!);
});

test('a journal that cannot be written does not hold up passes: they are told of none', async (t) => {
  const { queue, observer, nodes, raise, barrier } = setUp(t);
  queue.fail('the disk is full');
  observer.touch(file);
  const { head, journalId, timeUs } = await barrier.raise();
  t.deepEqual([head, journalId], [0, null]);
  observer.touch(file);
  t.true((nodes.mark(file) ?? 0) > timeUs);
  queue.reopen();
  t.is((await raise()).journalId, ID);
});

test('a barrier that fails does not keep the next one from being raised', async (t) => {
  let fails = true;
  const { raise } = setUp(t, () => {
    if (fails) throw new Error('a bug');
    return [];
  });
  await t.throwsAsync(raise(), { message: 'a bug' });
  fails = false;
  t.is((await raise()).epoch, 3);
});

test('a flush waits for a change that is under way, and covers its record', async (t) => {
  const { epochs, observer, consumer, barrier } = setUp(t);
  epochs.begin();
  let head: number | undefined;
  void barrier.flush().then((position) => {
    head = position.head;
  });
  for (let turn = 0; turn < 10; turn++) {
    consumer.commit();
    await nextTurn();
  }
  t.is(head, undefined);
  observer.record(Operation.create, 0, 0, 0, Buffer.from('made'), null);
  epochs.end();
  await waitUntil('it is answered', () => {
    consumer.commit();
    return head === undefined ? 'it waits' : undefined;
  });
  t.is(head, 1);
});
