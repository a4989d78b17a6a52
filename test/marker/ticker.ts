/** Worker: takes marks as fast as it can, and says the first fault that it finds in their order. */
import { parentPort, workerData } from 'node:worker_threads';
import { HybridClock } from '../../src/marker/clock.js';

export interface TickerData {
  readonly memory: SharedArrayBuffer;
  /** One word: the newest barrier. */
  readonly barriers: BigInt64Array;
  /** One word: how many marks were taken by all. */
  readonly progress: Int32Array;
  readonly ticks: number;
}

const { memory, barriers, progress, ticks } = workerData as TickerData;
const clock = new HybridClock(memory);

function tick(): string {
  let last = 0;
  for (let count = 0; count < ticks; count++) {
    const barrier = Number(Atomics.load(barriers, 0));
    const now = clock.now();
    if (now < last) return `${now} after ${last}`;
    if (now <= barrier) return `${now} after the barrier ${barrier}`;
    last = now;
    Atomics.add(progress, 0, 1);
  }
  return 'none';
}

parentPort?.postMessage(tick());
