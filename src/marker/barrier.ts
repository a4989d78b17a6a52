import { JournalFailure, type JournalQueue } from '../journal/queue.js';
import { ENOENT, EROFS, ESTALE, errnoName } from '../syscalls/index.js';
import type { HybridClock } from './clock.js';
import type { Epochs } from './epochs.js';
import type { Xtime } from './mark.js';
import type { Observer } from './observer.js';

/** A place in a journal; `journalId` is null while it cannot be written. */
export interface JournalPosition {
  readonly head: number;
  readonly journalId: string | null;
}

/** What a barrier answers; see the control protocol. */
export interface BarrierResult extends JournalPosition {
  readonly timeUs: Xtime;
  readonly epoch: number;
}

/** Errors that say that the object is gone behind the mount, or that nothing on the disk can change any more. */
const unchangeable = new Set([ENOENT, ESTALE, EROFS]);
/** How long a change that is under way may take before a barrier gives up on it. */
const settleLimitMs = 60_000;

/**
 * The moment at which a pass begins. The order of its steps is what makes the sync point true:
 *
 * 1. T is taken from the clock, then the epoch moves on: every stamp of the new epoch is later than T.
 * 2. No thread is inside a change of the old epoch any more: each is complete and visible, and recorded if it is marked
 *    at or before T.
 * 3. The journal is flushed; its head covers all of those. Then the record span moves on: what is recorded once in the
 *    new span lies behind the head.
 * 4. Whatever is open for writing is stamped and recorded anew: it may change at any moment without a word.
 *
 * One at a time: barriers wait for each other.
 */
export class Barrier {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly epochs: Epochs,
    private readonly clock: HybridClock,
    private readonly queue: JournalQueue,
    private readonly observer: Observer,
    /** The nodes that are open for writing now. */
    private readonly writers: () => number[],
  ) {}

  /** Rejects when a change of the old epoch hangs. */
  raise(): Promise<BarrierResult> {
    const result = this.#last.then(() => this.#raise());
    this.#last = result.catch(() => undefined);
    return result;
  }

  /**
   * The journal's head when it holds every change that could be seen on the source before the call: records follow
   * their changes, so those under way are waited for.
   */
  async flush(): Promise<JournalPosition> {
    await this.#settle();
    return this.#flush();
  }

  async #raise(): Promise<BarrierResult> {
    const timeUs = this.clock.barrier();
    const epoch = await this.#settle();
    const position = await this.#flush();
    this.epochs.advanceRecordSpan();
    this.#stampWriters();
    return { timeUs, epoch, ...position };
  }

  /** The pass puts these marks on the disk before T becomes a sync point: they may write there at any moment. */
  #stampWriters(): void {
    for (const id of this.writers()) {
      const result = this.observer.touch(id);
      if (result >= 0 || unchangeable.has(-result)) continue;
      throw new Error(
        `Cannot begin a pass: what is open for writing on the source cannot be marked: ${errnoName(-result)}; look at its disk`,
      );
    }
  }

  /** Moves on to a new epoch, and returns it when every change that began before is complete. */
  async #settle(): Promise<number> {
    const epoch = this.epochs.advance();
    if (await this.epochs.settled(epoch, settleLimitMs)) return epoch;
    throw new Error(
      `Cannot begin a pass: a change on the source has not come to its end for ${settleLimitMs / 1000} s`,
    );
  }

  /** A journal that cannot be written does not hold up passes: they walk. */
  async #flush(): Promise<JournalPosition> {
    try {
      return await this.queue.flush();
    } catch (error) {
      if (error instanceof JournalFailure) return { head: 0, journalId: null };
      throw error;
    }
  }
}
