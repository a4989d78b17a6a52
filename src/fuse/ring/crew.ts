import { readFileSync } from 'node:fs';

const mostQueues = 8;

/**
 * Who serves the queues: how many workers of each are free, and how many requests they have served. When all workers of
 * a queue are held by slow requests, its callers would have to wait: another worker is wanted then.
 */
export class Crew {
  /** So many queues at most; a machine with more processors reads the device instead. */
  static readonly mostQueues = mostQueues;
  /** Bytes of shared memory. */
  static readonly bytes = (2 + 4 * mostQueues) * 4;
  /** For how long no worker of a queue may come free before another is wanted. */
  static readonly patienceMs = 25;

  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** A worker joins a queue. */
  join(queue: number): void {
    Atomics.add(this.#words, freeOf(queue), 1);
  }

  /** A worker of the queue, the thread `tid`, begins with a request. */
  serving(queue: number, tid: number): void {
    Atomics.store(this.#words, lastOf(queue), tid);
    if (Atomics.sub(this.#words, freeOf(queue), 1) === 1) Atomics.notify(this.#words, freeOf(queue));
  }

  /** It is free again. */
  hasServed(queue: number): void {
    Atomics.add(this.#words, servedOf(queue), 1);
    Atomics.add(this.#words, freeOf(queue), 1);
  }

  /** Sends a spare worker to a queue. */
  send(queue: number): void {
    this.join(queue);
    Atomics.add(this.#words, wantedOf(queue), 1);
    Atomics.add(this.#words, calls, 1);
    Atomics.notify(this.#words, calls);
  }

  /** A spare worker waits to be sent to a queue; undefined when the session has ended instead. Blocks. */
  waitToBeSent(): number | undefined {
    for (;;) {
      const seen = Atomics.load(this.#words, calls);
      if (Atomics.load(this.#words, over) !== 0) return undefined;
      for (let queue = 0; queue < mostQueues; queue++) if (this.#goTo(queue)) return queue;
      Atomics.wait(this.#words, calls, seen);
    }
  }

  /** Whether a worker was wanted at the queue: now one fewer is. */
  #goTo(queue: number): boolean {
    const wanted = Atomics.load(this.#words, wantedOf(queue));
    return wanted > 0 && Atomics.compareExchange(this.#words, wantedOf(queue), wanted, wanted - 1) === wanted;
  }

  /** The session is over. */
  end(): void {
    Atomics.store(this.#words, over, 1);
    Atomics.add(this.#words, calls, 1);
    Atomics.notify(this.#words, calls);
    for (let queue = 0; queue < mostQueues; queue++) Atomics.notify(this.#words, freeOf(queue));
  }

  /** Resolves to true when a queue has had no free worker for a while; to false when the session has ended instead. */
  async shortage(queue: number): Promise<boolean> {
    for (;;) {
      if (Atomics.load(this.#words, over) !== 0) return false;
      const free = Atomics.load(this.#words, freeOf(queue));
      if (free > 0) await Atomics.waitAsync(this.#words, freeOf(queue), free).value;
      else if (await this.#isStuck(queue)) return true;
    }
  }

  /**
   * Whether no worker of the queue comes free for a while because it waits for something; one that only waits for its
   * turn on a busy processor is not stuck.
   */
  async #isStuck(queue: number): Promise<boolean> {
    const done = Atomics.load(this.#words, servedOf(queue));
    const waiting = Atomics.waitAsync(this.#words, servedOf(queue), done, Crew.patienceMs);
    await waiting.value;
    return Atomics.load(this.#words, servedOf(queue)) === done && !isRunnable(Atomics.load(this.#words, lastOf(queue)));
  }
}

/** Whether a thread of this process runs or could (proc_pid_stat(5)); not when it is gone. */
function isRunnable(tid: number): boolean {
  try {
    const stat = readFileSync(`/proc/self/task/${tid}/stat`, 'latin1');
    return stat.at(stat.lastIndexOf(')') + 2) === 'R';
  } catch {
    return false;
  }
}

/**
 * The words: whether the session is over, and how often spare workers were called; then for each queue its free workers,
 * the requests served, the workers wanted, and which thread began with a request last.
 */
const over = 0;
const calls = 1;
const freeOf = (queue: number): number => 2 + 4 * queue;
const servedOf = (queue: number): number => 3 + 4 * queue;
const wantedOf = (queue: number): number => 4 + 4 * queue;
const lastOf = (queue: number): number => 5 + 4 * queue;
