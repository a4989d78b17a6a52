import { Worker } from 'node:worker_threads';
import { Leadership } from '../fuse/index.js';
import { log } from './log.js';
import { type MountFacts, mostWorkers, type SharedMemory, workerCount } from './wiring.js';
import type { WorkerData } from './worker.js';

/**
 * A worker keeps next to nothing: what it allocates while it serves a request is garbage at once. A small nursery stays
 * in the processor's cache.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

/**
 * Starts the worker threads, and more of them while requests hang that hold all the others: one slow operation on one
 * file must not delay the rest. Resolves, once all of them have ended, to whether they ended in order: because the
 * filesystem was unmounted. `failed` is called when one dies of a bug; the others go on serving.
 */
export function runWorkers(memory: SharedMemory, facts: MountFacts, failed: () => void): Promise<boolean> {
  return new Promise((resolve) => {
    let inOrder = true;
    let started = 0;
    let running = 0;
    const start = (): void => {
      const thread = started++;
      running++;
      Leadership.enlist(memory.leadership);
      const worker = startWorker({ memory, facts, thread });
      worker.on('error', (error) => {
        inOrder = false;
        log(`Worker ${thread} ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        failed();
      });
      worker.on('exit', () => {
        if (--running === 0) resolve(inOrder);
      });
    };
    while (started < workerCount) start();
    void startMore(memory, () => {
      if (started < mostWorkers) start();
      return started < mostWorkers;
    });
  });
}

/** Calls `start` whenever all workers are held by requests, until it says that no more can be started. */
async function startMore(memory: SharedMemory, start: () => boolean): Promise<void> {
  while (await Leadership.shortage(memory.leadership)) {
    if (start()) continue;
    log(`${mostWorkers - 1} requests hang: if more do, the others have to wait`);
    return;
  }
}

function startWorker(workerData: WorkerData): Worker {
  const url = new URL('./worker.js', import.meta.url);
  return new Worker(url, { workerData, name: `worker ${workerData.thread}`, resourceLimits });
}
