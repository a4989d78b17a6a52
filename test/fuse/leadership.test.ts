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

  constructor(t: ExecutionContext, size: number, leading: LeaderData['leading']) {
    const memory = new SharedArrayBuffer(Leadership.bytes);
    const gates = new SharedArrayBuffer((size + 1) * 4);
    this.#gates = new Int32Array(gates);
    // A number that no worker has.
    this.leadership = new Leadership(memory, size + 1);
    for (let me = 1; me <= size; me++) {
      const workerData: LeaderData = { memory, me, gates, leading };
      const worker = new Worker(new URL('./leader.js', import.meta.url), { workerData });
      worker.on('message', (message: LeaderMessage) => this.said.push([me, message]));
      this.#exits.push(once(worker, 'exit'));
      t.teardown(() => worker.terminate());
    }
  }

  /** Who came to lead so far, in order. */
  get leaders(): number[] {
    return this.said.filter(([, message]) => message === 'leads').map(([me]) => me);
  }

  async leaderNumber(count: number): Promise<number> {
    await waitUntil(`there were ${count} leaders`, () => (this.leaders.length >= count ? undefined : String(this.leaders)));
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

  /** Resolves when every worker has left. */
  async left(): Promise<void> {
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
  crew.leadership.end();
  crew.releaseAll();
  await crew.left();
});

test('who waits for a request keeps the lead, and end lets everybody go', async (t) => {
  const crew = new Crew(t, 4, 'waits');
  const leader = await crew.leaderNumber(1);
  crew.leadership.end();
  t.false(crew.leadership.held);
  crew.releaseAll();
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
