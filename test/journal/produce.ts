import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import type { ProducerData } from './producer.js';

/** A thread that appends records. */
export interface Producer {
  /** Records appended so far. */
  appended(): number;
  /** Resolves when it has appended all. */
  readonly done: Promise<unknown>;
}

/** Starts a thread that appends so many records to a queue. */
export function produce(t: ExecutionContext, memory: SharedArrayBuffer, producer: number, records: number): Producer {
  const progress = new SharedArrayBuffer(4);
  const workerData: ProducerData = { memory, producer, records, progress };
  const worker = new Worker(new URL('./producer.js', import.meta.url), { workerData });
  t.teardown(() => worker.terminate());
  return { appended: () => Atomics.load(new Int32Array(progress), 0), done: once(worker, 'message') };
}
