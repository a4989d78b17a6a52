import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BytePath } from '../../../slave/path.js';
import type { Copied, CopyThreadData } from './thread.js';

/** Threads that copy; each list goes to one that is free, and where none is, to a new one. */
export class CopyCrew {
  readonly #free: Worker[] = [];
  readonly #all: Worker[] = [];

  constructor(private readonly workerData: CopyThreadData) {}

  /** Copies such of these files as the slave lacks, and as rsync is not needed for. */
  async copy(paths: readonly BytePath[]): Promise<Copied> {
    const worker = this.#free.pop() ?? this.#start();
    const copied = once(worker, 'message');
    worker.postMessage(paths);
    const [message] = (await copied) as [Copied];
    this.#free.push(worker);
    return message;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: this.workerData, name: 'copy' });
    this.#all.push(worker);
    return worker;
  }

  /** Ends the threads; none of them may have a list. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
