const FREE = 0;
const HELD = 1;
/** Held, and perhaps somebody sleeps: who releases it must wake. */
const CONTENDED = 2;

/** Tries before sleeping. What the mutex guards takes less than a microsecond, waking a thread takes fifty. */
const SPINS = 100;

/** Takes the mutex in a word of shared memory. Blocks; fit for worker threads and Node's main thread. */
export function acquire(words: Int32Array, index: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.compareExchange(words, index, FREE, HELD) === FREE) return;
  }
  while (Atomics.exchange(words, index, CONTENDED) !== FREE) Atomics.wait(words, index, CONTENDED);
}

/** Releases the mutex. The thread that calls holds it. */
export function release(words: Int32Array, index: number): void {
  if (Atomics.exchange(words, index, FREE) === CONTENDED) Atomics.notify(words, index, 1);
}
