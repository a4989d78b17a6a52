import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { Crew, Leadership } from '../fuse/index.js';
import { log } from './log.js';
import { type MountFacts, mostWorkers, type Post, type SharedMemory, workerCount } from './wiring.js';
import type { WorkerData, WorkerMessage } from './worker.js';

/**
 * A worker keeps next to nothing: what it allocates while it serves a request is garbage at once. A small nursery stays
 * in the processor's cache.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 1 };

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
    const start = (post: Post): void => {
      const thread = started++;
      running++;
      const worker = startWorker({ memory, facts, thread, post });
      worker.on('message', ({ joined }: WorkerMessage) => {
        if (post === 'spare' && joined !== undefined) nudge(facts.mountpoint, joined);
      });
      worker.on('error', (error) => {
        inOrder = false;
        log('error', `Worker ${thread} ended`, { err: error });
        failed();
      });
      worker.on('exit', () => {
        if (--running === 0) resolve(inOrder);
      });
    };
    const startOneMore = (post: Post): boolean => {
      if (started < mostWorkers) start(post);
      else log('warn', `${mostWorkers - 1} requests hang: if more do, the others have to wait`);
      return started < mostWorkers;
    };
    if (facts.queues === 0) manDevice(memory, start, startOneMore);
    else manQueues(memory, facts.queues, start, startOneMore);
  });
}

type Start = (post: Post) => void;
/** Says whether yet more could be started. */
type StartMore = (post: Post) => boolean;

function manDevice(memory: SharedMemory, start: Start, startOneMore: StartMore): void {
  const enlist = () => Leadership.enlist(memory.leadership);
  for (let count = 0; count < workerCount; count++) {
    enlist();
    start('device');
  }
  void startMore(
    () => Leadership.shortage(memory.leadership),
    () => {
      enlist();
      return startOneMore('device');
    },
  );
}

/** A worker for each queue, and a spare one that is sent where a worker is stuck. */
function manQueues(memory: SharedMemory, queues: number, start: Start, startOneMore: StartMore): void {
  const crew = new Crew(memory.crew);
  start('device');
  for (let queue = 0; queue < queues; queue++) {
    crew.join(queue);
    start(queue);
    void startMore(
      () => crew.shortage(queue),
      () => {
        crew.send(queue);
        return startOneMore('spare');
      },
    );
  }
  start('spare');
}

/** Starts a worker whenever all are held by requests, until no more can be started or the session is over. */
async function startMore(shortage: () => Promise<boolean>, start: () => boolean): Promise<void> {
  while (await shortage()) if (!start()) return;
}

/**
 * The kernel hands requests that wait at a queue to a worker that joins it only when the next one comes there: makes one
 * come, from another process on that processor.
 */
function nudge(mountpoint: string, queue: number): void {
  const child = spawn('taskset', ['--cpu-list', String(queue), 'stat', '--file-system', '--', mountpoint], {
    stdio: 'ignore',
  });
  child.on('error', (error) => log('warn', `Cannot nudge queue ${queue}: ${error.message}`));
}

function startWorker(workerData: WorkerData): Worker {
  const url = new URL('./worker.js', import.meta.url);
  return new Worker(url, { workerData, name: `worker ${workerData.thread}`, resourceLimits });
}
