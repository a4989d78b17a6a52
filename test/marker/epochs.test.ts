import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { Epochs } from '../../src/marker/epochs.js';
import { waitUntil } from '../support/wait.js';
import type { ChangerData } from './changer.js';

const LIMIT_MS = 60_000;

/** The faces that so many threads have of the same epochs. */
function faces(threads: number): Epochs[] {
  const memory = new SharedArrayBuffer(Epochs.bytes(threads));
  return Array.from({ length: threads }, (_, thread) => new Epochs(memory, thread));
}

/** Tells whether a promise has been fulfilled, and with what. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    watched.value = value;
  });
  return watched;
}

/** Lets everything run that can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

test('epochs and record spans count from 1, each for itself, for all threads', (t) => {
  const [one, other] = faces(2) as [Epochs, Epochs];
  t.deepEqual([one.current, other.current, one.recordSpan], [1, 1, 1]);
  t.is(one.advance(), 2);
  t.deepEqual([one.current, other.current, one.recordSpan], [2, 2, 1]);
  other.advanceRecordSpan();
  t.deepEqual([one.current, one.recordSpan, other.recordSpan], [2, 2, 2]);
});

test('a change belongs to the epoch in which it begins', (t) => {
  const [one, other] = faces(2) as [Epochs, Epochs];
  t.is(one.begin(), 1);
  other.advance();
  t.is(other.begin(), 2);
  one.end();
  t.is(one.begin(), 2);
});

/** Epochs in which a barrier moves on just after this thread has read which epoch it is. */
class Overtaken extends Epochs {
  barriers = 1;

  override get current(): number {
    const read = super.current;
    if (this.barriers-- > 0) this.advance();
    return read;
  }
}

test('a change whose epoch moved on before it was announced belongs to the new one', (t) => {
  const memory = new SharedArrayBuffer(Epochs.bytes(1));
  t.is(new Overtaken(memory, 0).begin(), 2);
});

test('with no change under way a barrier has nothing to wait for', async (t) => {
  const [one] = faces(3) as [Epochs];
  t.true(await one.settled(one.advance(), 0));
});

test('a change that began before the barrier holds it until it ends', async (t) => {
  const [main, first, second] = faces(3) as [Epochs, Epochs, Epochs];
  first.begin();
  second.begin();
  const settled = watch(main.settled(main.advance(), LIMIT_MS));
  await settle();
  t.is(settled.value, undefined);
  second.end();
  await settle();
  t.is(settled.value, undefined);
  first.end();
  await waitUntil('it settles', () => (settled.value === undefined ? 'it waits' : undefined));
  t.true(settled.value);
});

test('a change that begins after the barrier does not hold it', async (t) => {
  const [main, other] = faces(2) as [Epochs, Epochs];
  const epoch = main.advance();
  t.is(other.begin(), epoch);
  t.true(await main.settled(epoch, 0));
});

test('a thread that ends one change and begins another lets the barrier go', async (t) => {
  const [main, other] = faces(2) as [Epochs, Epochs];
  other.begin();
  const settled = watch(main.settled(main.advance(), LIMIT_MS));
  await settle();
  other.end();
  other.begin();
  await waitUntil('it settles', () => (settled.value === undefined ? 'it waits' : undefined));
  t.true(settled.value);
});

test('a change that hangs is given up on', async (t) => {
  const [main, other] = faces(2) as [Epochs, Epochs];
  // Waiting for shared memory alone does not keep a process from ending.
  const alive = setInterval(() => undefined, LIMIT_MS);
  t.teardown(() => clearInterval(alive));
  other.begin();
  const epoch = main.advance();
  t.false(await main.settled(epoch, 0));
  t.false(await main.settled(epoch, 1));
  other.end();
  t.true(await main.settled(epoch, 0));
});

function startChangers(t: ExecutionContext, memory: SharedArrayBuffer, threads: number) {
  const [inside, stop] = [new Int32Array(new SharedArrayBuffer(threads * 4)), new Int32Array(new SharedArrayBuffer(4))];
  const changes = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: ChangerData = { memory, thread, inside, changes, stop };
    return new Worker(new URL('./changer.js', import.meta.url), { workerData });
  });
  const exits = workers.map((worker) => once(worker, 'exit'));
  t.teardown(async () => {
    Atomics.store(stop, 0, 1);
    await Promise.all(exits);
  });
  return { inside, changes };
}

test('after a barrier no thread is inside a change of an earlier epoch', async (t) => {
  const threads = 3;
  const memory = new SharedArrayBuffer(Epochs.bytes(threads + 1));
  const main = new Epochs(memory, threads);
  const { inside, changes } = startChangers(t, memory, threads);
  await waitUntil('there are changes', () => (Atomics.load(changes, 0) > 100 ? undefined : 'none yet'));
  for (let barrier = 0; barrier < 300; barrier++) {
    const epoch = main.advance();
    t.true(await main.settled(epoch, LIMIT_MS));
    for (let thread = 0; thread < threads; thread++) {
      const began = Atomics.load(inside, thread);
      if (began !== 0 && began < epoch) t.fail(`thread ${thread} is in epoch ${began} after barrier ${epoch}`);
    }
  }
});
