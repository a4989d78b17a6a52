import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { UserError } from '../volume/errors.js';
import type { Volume } from '../volume/volume.js';
import { type JournalHead, JournalQueue } from './queue.js';
import type { JournalThreadData, JournalThreadMessage } from './thread.js';

export interface JournalOptions {
  /** Of the queue's ring. A record takes 40 and its paths. */
  readonly bytes?: number;
  /**
   * The last session did not end in order: records are missing, none newer than this time; and after a power cut perhaps
   * also records up to a position that a slave was given.
   */
  readonly gap?: { readonly timeUs: number; readonly position: number };
  /** How long a commit waits for a lock that another process holds before it counts as failed, milliseconds. */
  readonly busyMs?: number;
  /** How long records are kept even when every slave has passed them, microseconds. */
  readonly retentionUs?: number;
  /** What the file may hold: beyond it the oldest records go, and the slaves that lack them walk. */
  readonly limitBytes?: number;
  /** A bug has ended the journal's thread. The queue has failed: the mount lives on, and passes walk the marks. */
  readonly onFault?: (error: Error) => void;
}

/** Some millions of records: more than a walk is worth. */
const LIMIT_BYTES = 2 ** 30;
const QUEUE_BYTES = 4 * 1024 * 1024;

/** The journal as the daemon's main thread sees it: the queue, and the thread that drains it. */
export class Journal {
  readonly #exit: Promise<unknown>;

  private constructor(
    readonly queue: JournalQueue,
    worker: Worker,
    onFault: (error: Error) => void,
  ) {
    this.#exit = once(worker, 'exit');
    worker.on('error', onFault);
  }

  /**
   * Starts the thread; resolves when the journal is open, or known to fail for now. UserError where a newer markerfs
   * wrote it. The caller holds the volume's daemon lock.
   */
  static async start(volume: Volume, options: JournalOptions = {}): Promise<Journal> {
    const { bytes = QUEUE_BYTES, limitBytes = LIMIT_BYTES, onFault = () => {}, ...rest } = options;
    const queue = new JournalQueue(JournalQueue.allocate(bytes));
    const workerData: JournalThreadData = { volume, queue: queue.memory, limitBytes, ...rest };
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData, name: 'journal' });
    const journal = new Journal(queue, worker, onFault);
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
