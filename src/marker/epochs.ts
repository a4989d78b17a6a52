/**
 * Epochs: the spans between barriers, in which an object is stamped once. Shared by all threads.
 *
 * Each thread has a place in which it says in which epoch the change it is applying began. A barrier moves the epoch on
 * and then waits until no thread is inside a change of an earlier one: from then on every change either is complete, or
 * carries a mark of the new epoch.
 *
 * A second count, the *record span*, does the same for the journal, where an object's content is recorded once in a
 * span. It moves on after the barrier has read the journal's head: what is recorded in the new span lies behind that
 * head, so that nothing is held to be recorded that the pass has already gone by.
 */
export class Epochs {
  /** Bytes of shared memory for so many threads. */
  static bytes(threads: number): number {
    return (word.places + threads) * Int32Array.BYTES_PER_ELEMENT;
  }

  readonly #words: Int32Array;
  readonly #mine: number;

  /** `thread`: this thread's number, from 0. */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#words = new Int32Array(memory);
    this.#mine = word.places + thread;
  }

  /** The epoch now; from 1. */
  get current(): number {
    return Atomics.load(this.#words, word.epoch) + 1;
  }

  /** The record span now; from 1. */
  get recordSpan(): number {
    return Atomics.load(this.#words, word.span) + 1;
  }

  /**
   * This thread begins a change; returns the epoch it belongs to. The epoch is read again after it was announced: a
   * barrier that moved it on in between may have missed the announcement.
   */
  begin(): number {
    for (;;) {
      const epoch = this.current;
      Atomics.store(this.#words, this.#mine, epoch);
      if (this.current === epoch) return epoch;
    }
  }

  /** The change is complete. */
  end(): void {
    Atomics.store(this.#words, this.#mine, outside);
    if (Atomics.load(this.#words, word.waiting) !== 0) Atomics.notify(this.#words, this.#mine);
  }

  /** Moves on to a new epoch, and returns it. */
  advance(): number {
    return Atomics.add(this.#words, word.epoch, 1) + 2;
  }

  advanceRecordSpan(): void {
    Atomics.add(this.#words, word.span, 1);
  }

  /**
   * Waits until no thread is inside a change that began before `epoch`. Resolves to false when that has not come within
   * `limitMs`, which takes a system call on the source that hangs for so long.
   */
  async settled(epoch: number, limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    Atomics.add(this.#words, word.waiting, 1);
    try {
      for (let place = word.places; place < this.#words.length; place++) {
        if (!(await this.#left(place, epoch, deadline))) return false;
      }
      return true;
    } finally {
      Atomics.sub(this.#words, word.waiting, 1);
    }
  }

  async #left(place: number, epoch: number, deadline: number): Promise<boolean> {
    for (;;) {
      const began = Atomics.load(this.#words, place);
      if (began === outside || began >= epoch) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await Atomics.waitAsync(this.#words, place, began, left).value;
    }
  }
}

/** The words: the epoch, the record span (both less 1), how many barriers wait, then a place for each thread. */
const word = { epoch: 0, span: 1, waiting: 2, places: 3 } as const;
/** In a thread's place while it changes nothing. */
const outside = 0;
