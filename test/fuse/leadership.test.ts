import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { Leadership } from '../../src/fuse/leadership.js';
import { waitUntil } from '../support/wait.js';
import type { LeaderData, LeaderMessage } from './leader.js';

/** Workers that share a leadership, and what they said. */
class Crew {
  readonly said: [me: number, message: LeaderMessage][] = [];
  readonly leadership: Leadership;
  readonly #gates: Int32Array;
  readonly #exits: Promise<unknown>[] = [];

  constructor(
    t: ExecutionContext,
    size: number,
    leading: LeaderData['leading'],
    memory = new SharedArrayBuffer(Leadership.bytes),
  ) {
    const gates = new SharedArrayBuffer((size + 1) * 4);
    this.#gates = new Int32Array(gates);
    // A number that no worker has.
    this.leadership = new Leadership(memory, size + 1);
    for (let me = 1; me <= size; me++) {
      const workerData: LeaderData = { memory, me, gates, leading };
      const worker = new Worker(new URL('./leader.js', import.meta.url), { workerData });
      worker.on('message', (message: LeaderMessage) => this.said.push([me, message]));
      this.#exits.push(once(worker, 'exit'));
    }
    t.teardown(() => this.left());
  }

  /** Who came to lead so far, in order. */
  get leaders(): number[] {
    return this.said.filter(([, message]) => message === 'leads').map(([me]) => me);
  }

  async leaderNumber(count: number): Promise<number> {
    await waitUntil(`there were ${count} leaders`, () =>
      this.leaders.length >= count ? undefined : String(this.leaders),
    );
    return this.leaders[count - 1] ?? 0;
  }

  /** Lets a worker out of its request. */
  release(me: number): void {
    Atomics.store(this.#gates, me, 1);
    Atomics.notify(this.#gates, me);
  }

  releaseAll(): void {
    for (let me = 1; me < this.#gates.length; me++) this.release(me);
  }

  /** Ends the session; resolves when every worker has left. */
  async left(): Promise<void> {
    this.leadership.end();
    this.releaseAll();
    await Promise.all(this.#exits);
  }
}

test('who is stuck in a request is replaced, again and again, until all are stuck', async (t) => {
  const crew = new Crew(t, 3, 'serves');
  await crew.leaderNumber(3);
  t.deepEqual([...crew.leaders].sort(), [1, 2, 3]);
  // The first comes back to find itself replaced, and queues for the lead again.
  const first = crew.leaders[0] ?? 0;
  crew.release(first);
  await waitUntil('it knows', () => (crew.said.length > 3 ? undefined : JSON.stringify(crew.said)));
  t.deepEqual(crew.said[3], [first, 'lost']);
  t.is(await crew.leaderNumber(4), first, 'the others are stuck');
  await crew.left();
});

test('who waits for a request keeps the lead, and end lets everybody go', async (t) => {
  const crew = new Crew(t, 4, 'waits');
  const leader = await crew.leaderNumber(1);
  await crew.left();
  t.deepEqual(crew.said, [
    [leader, 'leads'],
    [leader, 'lost'],
  ]);
});

test('a leadership that has ended is taken by nobody', (t) => {
  const memory = new SharedArrayBuffer(Leadership.bytes);
  const [one, other] = [new Leadership(memory, 1), new Leadership(memory, 2)];
  t.true(one.take());
  t.true(one.held);
  t.false(other.held);
  other.end();
  t.false(one.held);
  t.false(one.take());
  t.false(other.take());
});

test('a shortage is told of when nobody follows any more, and the end when there is none', async (t) => {
  const memory = new SharedArrayBuffer(Leadership.bytes);
  const [one, other, third] = [1, 2, 3].map((me) => new Leadership(memory, me)) as [Leadership, Leadership, Leadership];
  Leadership.enlist(memory);
  Leadership.enlist(memory);
  let told: boolean | undefined;
  const shortage = Leadership.shortage(memory).then((short) => {
    told = short;
  });
  one.take();
  one.serving();
  await new Promise(setImmediate);
  t.is(told, undefined, 'one follows');
  other.take();
  await shortage;
  t.is(told, true);
  // One more is started, and follows; the one that was stuck comes back and follows as well.
  Leadership.enlist(memory);
  const again = Leadership.shortage(memory);
  other.serving();
  third.take();
  third.serving();
  t.true(await again);
  t.false(one.held);
  one.take();
  one.end();
  t.false(await Leadership.shortage(memory));
});

/** The word of the shared memory that is 0 while the deputy sleeps: it has seen no request for long enough. */
const WATCHING = 2;

/**
 * Who takes over finds the beat of the one that is stuck, odd. Left so, it says of the new leader, which only waits for a request, that it is stuck too: one
 * slow request would bring worker after worker to read the device, and each later one would wake another thread.
 */
test('who took over from a stuck leader and waits for a request keeps the lead', async (t) => {
  const memory = new SharedArrayBuffer(Leadership.bytes);
  const words = new Int32Array(memory);
  const [stuck, next] = [new Leadership(memory, 11), new Leadership(memory, 12)];
  t.true(stuck.take());
  stuck.serving();
  t.true(next.take());
  t.true(next.held);
  Atomics.store(words, WATCHING, 1);
  const crew = new Crew(t, 1, 'waits', memory);
  await waitUntil('the deputy sleeps', () =>
    Atomics.load(words, WATCHING) === 0 || crew.said.length > 0 ? undefined : 'it watches',
  );
  t.deepEqual(crew.said, []);
  t.true(next.held);
});

test('a request that ends after its worker lost the lead says nothing of the new leader', async (t) => {
  const memory = new SharedArrayBuffer(Leadership.bytes);
  const words = new Int32Array(memory);
  const [late, next] = [new Leadership(memory, 11), new Leadership(memory, 12)];
  t.true(late.take());
  late.serving();
  t.true(next.take());
  next.serving();
  next.served();
  // It was about to read when it lost the lead, and gets a request all the same.
  late.served();
  late.serving();
  late.served();
  Atomics.store(words, WATCHING, 1);
  const crew = new Crew(t, 1, 'waits', memory);
  await waitUntil('the deputy sleeps', () =>
    Atomics.load(words, WATCHING) === 0 || crew.said.length > 0 ? undefined : 'it watches',
  );
  t.deepEqual(crew.said, []);
});
