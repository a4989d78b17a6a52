import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { UserError } from '../volume/errors.js';
import type { Volume } from '../volume/volume.js';
import { type JournalHead, JournalQueue } from './queue.js';
import type { JournalThreadData, JournalThreadMessage } from './thread.js';

export interface JournalOptions {
  /** Of the queue's ring. A record takes 40 and its paths. */
  readonly bytes?: number;
  /** The last session did not end in order: records are missing, none newer than this time. */
  readonly gap?: { readonly timeUs: number };
  /** How long a commit waits for a lock that another process holds before it counts as failed, milliseconds. */
  readonly busyMs?: number;
  /** How long records are kept even when every slave has passed them, microseconds. */
  readonly retentionUs?: number;
}

const QUEUE_BYTES = 4 * 1024 * 1024;

/** The journal as the daemon's main thread sees it: the queue, and the thread that drains it. */
export class Journal {
  readonly #exit: Promise<unknown>;

  private constructor(
    readonly queue: JournalQueue,
    worker: Worker,
  ) {
    this.#exit = once(worker, 'exit');
    // A bug ended the thread. The queue has failed with its message, so that the mount lives on and passes walk the
    // marks.
    worker.on('error', (error) =>
      process.stderr.write(`markerfs: journal thread ended: ${error.stack ?? error.message}\n`),
    );
  }

  /**
   * Starts the thread; resolves when the journal is open, or known to fail for now. UserError where a newer markerfs
   * wrote it. The caller holds the volume's daemon lock.
   */
  static async start(volume: Volume, options: JournalOptions = {}): Promise<Journal> {
    const { bytes = QUEUE_BYTES, ...rest } = options;
    const queue = new JournalQueue(JournalQueue.allocate(bytes));
    const workerData: JournalThreadData = { volume, queue: queue.memory, ...rest };
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData, name: 'journal' });
    const journal = new Journal(queue, worker);
    const [message] = (await once(worker, 'message')) as [JournalThreadMessage];
    if (message.type === 'refused') throw new UserError(message.message);
    return journal;
  }

  /** See JournalQueue.flush. */
  flush(): Promise<JournalHead> {
    return this.queue.flush();
  }

  /** Ends the thread when all producers have ended. True where every record is in the journal. */
  async end(): Promise<boolean> {
    this.queue.end();
    await this.#exit;
    return this.queue.failure === null;
  }
}
