import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { log } from './log.js';
import { type MountFacts, type SharedMemory, workerCount } from './wiring.js';
import type { WorkerData } from './worker.js';

/**
 * A worker keeps next to nothing: what it allocates while it serves a request is garbage at once. A small nursery stays
 * in the processor's cache.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

/**
 * Starts the worker threads. Resolves, once all of them have ended, to whether they ended in order: because the
 * filesystem was unmounted. `failed` is called when one dies of a bug; the others go on serving.
 */
export async function runWorkers(memory: SharedMemory, facts: MountFacts, failed: () => void): Promise<boolean> {
  let inOrder = true;
  const start = (thread: number): Worker => {
    const data: WorkerData = { memory, facts, thread };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: data,
      name: `worker ${thread}`,
      resourceLimits,
    });
    worker.on('error', (error) => {
      inOrder = false;
      log(`Worker ${thread} ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      failed();
    });
    return worker;
  };
  const workers = Array.from({ length: workerCount }, (_, thread) => start(thread));
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  return inOrder;
}
