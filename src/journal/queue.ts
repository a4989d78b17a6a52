/// <reference lib="es2024.sharedmemory" />
import { RecordBatch } from './batch.js';
import { HEADER_BYTES, ID_AT, ID_BYTES, REASON_AT, REASON_BYTES, Real, RING_AT, Word } from './layout.js';
import { acquire, release } from './mutex.js';
import { Operation } from './record.js';
import { Ring, recordSize } from './ring.js';

/** The journal cannot be written at present: only the marks tell what changed. */
export class JournalFailure extends Error {
  override name = 'JournalFailure';
}

/** A place in a journal file: every record up to `head` is in the journal of that id. */
export interface JournalHead {
  readonly journalId: string;
  readonly head: number;
}

const NO_PATH = new Uint8Array(0);

/**
 * The bounded queue in shared memory that brings records from many threads to the one that writes the journal. Producers block while
 * it is full and drop nothing. Only when the database cannot be written at all are records dropped, knowingly: flushes are refused
 * from then on, and the first record after the failure is a gap. A producer must not be terminated within `append`.
 */
export class JournalQueue {
  readonly #words: Int32Array;
  readonly #reals: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #ring: Ring;
  readonly #capacity: number;
  #batch: RecordBatch | undefined;

  /** Memory for a queue whose ring holds about this many bytes; a record takes 40 and its paths. */
  static allocate(bytes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(RING_AT + (Math.max(bytes, 256) & ~7));
  }

  /** A face of the queue for this thread. */
  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, RING_AT / 4);
    this.#reals = new Float64Array(memory, 0, RING_AT / 8);
    this.#bytes = new Uint8Array(memory, 0, RING_AT);
    this.#ring = new Ring(memory);
    this.#capacity = this.#ring.capacity;
  }

  /**
   * Appends a record, after the change was applied. Blocks while the queue is full. A record longer than half the ring becomes a gap.
   * On the path of every change: allocates nothing.
   */
  append(
    operation: Operation,
    epoch: number,
    timeUs: number,
    dev: number,
    inoLo: number,
    inoHi: number,
    path: Uint8Array,
    path2: Uint8Array | null,
  ): void {
    const size = recordSize(path, path2);
    if (size > this.#capacity >> 1) {
      this.append(Operation.gap, epoch, timeUs, 0, 0, 0, NO_PATH, null);
      return;
    }
    acquire(this.#words, Word.mutex);
    const accepted = this.#waitForSpace(size);
    if (timeUs > this.#reals[Real.newestUs]!) this.#reals[Real.newestUs] = timeUs;
    if (accepted) this.#ring.write(this.#reserve(size), size, operation, epoch, timeUs, dev, inoLo, inoHi, path, path2);
    if (accepted && this.#reals[Real.tail]! - this.#reals[Real.taken]! >= this.#reals[Real.wakeAt]!)
      this.#wakeConsumer();
    release(this.#words, Word.mutex);
  }

  /** With the mutex held: waits until a record of this size fits. False where records are dropped. */
  #waitForSpace(size: number): boolean {
    const words = this.#words;
    for (;;) {
      if (words[Word.ended] !== 0) {
        release(words, Word.mutex);
        throw new Error('Record appended to a journal queue that has ended');
      }
      if (words[Word.failed] !== 0) return false;
      const rest = this.#capacity - words[Word.tailAt]!;
      const needed = size > rest ? rest + size : size;
      if (this.#reals[Real.tail]! - this.#reals[Real.taken]! + needed <= this.#capacity) return true;
      this.#sleepUntilFreed();
    }
  }

  #sleepUntilFreed(): void {
    const words = this.#words;
    const seen = words[Word.space]!;
    words[Word.blocked] = 1;
    this.#wakeConsumer();
    release(words, Word.mutex);
    Atomics.wait(words, Word.space, seen);
    acquire(words, Word.mutex);
  }

  /** With the mutex held, where it fits: the place of the next record, which is to be written before the release. */
  #reserve(size: number): number {
    let at = this.#words[Word.tailAt]!;
    const rest = this.#capacity - at;
    if (size > rest) {
      this.#ring.closeAt(at);
      this.#reals[Real.tail]! += rest;
      at = 0;
    }
    this.#words[Word.tailAt] = at + size;
    this.#reals[Real.tail]! += size;
    return at;
  }

  /** With the mutex held. Does nothing where the consumer is awake. */
  #wakeConsumer(): void {
    if (this.#words[Word.asleep] === 0) return;
    this.#words[Word.asleep] = 0;
    Atomics.add(this.#words, Word.wake, 1);
    Atomics.notify(this.#words, Word.wake);
  }

  /**
   * Consumer: sleeps until so many bytes wait to be taken, or a flush or the end calls, at most so long. True where there is
   * anything to take.
   */
  waitForRecords(milliseconds: number, bytes = 1): boolean {
    const words = this.#words;
    acquire(words, Word.mutex);
    if (!this.#isUrgent(bytes)) {
      this.#reals[Real.wakeAt] = bytes;
      words[Word.asleep] = 1;
      const seen = words[Word.wake]!;
      release(words, Word.mutex);
      Atomics.wait(words, Word.wake, seen, milliseconds);
      acquire(words, Word.mutex);
      words[Word.asleep] = 0;
    }
    const waiting = this.#reals[Real.tail]! > this.#reals[Real.taken]!;
    release(words, Word.mutex);
    return waiting;
  }

  #isUrgent(bytes: number): boolean {
    const [words, reals] = [this.#words, this.#reals];
    if (reals[Real.tail]! - reals[Real.taken]! >= bytes) return true;
    return words[Word.ended] !== 0 || words[Word.blocked] !== 0 || reals[Real.wanted]! > reals[Real.settled]!;
  }

  /**
   * Consumer: copies records out, in order, and frees their place; undefined where there are none. They must be committed, or the
   * queue failed, before the next call. The batch is valid until then.
   */
  takeBatch(): RecordBatch | undefined {
    const [words, reals] = [this.#words, this.#reals];
    this.#batch ??= new RecordBatch(this.#capacity);
    acquire(words, Word.mutex);
    const from = words[Word.takenAt]! === this.#capacity ? 0 : words[Word.takenAt]!;
    const length = Math.min(reals[Real.tail]! - reals[Real.taken]!, this.#capacity - from);
    if (length > 0) {
      this.#batch.fill(this.#ring.bytes(from, length));
      words[Word.takenAt] = from + length;
      reals[Real.taken]! += length;
    }
    this.#freeSpace();
    release(words, Word.mutex);
    return length > 0 ? this.#batch : undefined;
  }

  /** Bytes of records that wait to be taken; and of how many there is room for. */
  get waiting(): { bytes: number; room: number } {
    return { bytes: Math.max(0, this.#reals[Real.tail]! - this.#reals[Real.taken]!), room: this.#capacity };
  }

  /** With the mutex held: lets the producers that sleep try again. */
  #freeSpace(): void {
    if (this.#words[Word.blocked] === 0) return;
    this.#words[Word.blocked] = 0;
    Atomics.add(this.#words, Word.space, 1);
    Atomics.notify(this.#words, Word.space);
  }

  /** With the mutex held: lets the flushes look. */
  #settle(): void {
    Atomics.add(this.#words, Word.done, 1);
    Atomics.notify(this.#words, Word.done);
  }

  /** Consumer: all records taken so far are committed, the last of them with this sequence, in the journal of this id (36 characters). */
  committed({ journalId, head }: JournalHead): void {
    acquire(this.#words, Word.mutex);
    this.#reals[Real.settled] = this.#reals[Real.taken]!;
    this.#reals[Real.head] = head;
    this.#bytes.set(Buffer.from(journalId, 'latin1').subarray(0, ID_BYTES), ID_AT);
    this.#settle();
    release(this.#words, Word.mutex);
  }

  /** Consumer: the journal cannot be written. Drops what is queued, and what is appended until `reopen`; nobody blocks meanwhile. */
  fail(reason: string): void {
    const [words, reals] = [this.#words, this.#reals];
    const text = Buffer.from(reason).subarray(0, REASON_BYTES);
    acquire(words, Word.mutex);
    this.#bytes.set(text, REASON_AT);
    words[Word.reasonLength] = text.length;
    words[Word.failed] = 1;
    words[Word.failures]!++;
    words[Word.takenAt] = words[Word.tailAt]!;
    reals[Real.taken] = reals[Real.tail]!;
    reals[Real.settled] = reals[Real.tail]!;
    this.#freeSpace();
    this.#settle();
    release(words, Word.mutex);
  }

  /**
   * Consumer: takes records again after a failure, first of all a gap: as new as the newest record that was dropped, and as this time
   * at least.
   */
  reopen(timeUs = 0): void {
    this.#locked(() => {
      if (this.#words[Word.failed] === 0) return;
      this.#words[Word.failed] = 0;
      const newestUs = Math.max(this.#reals[Real.newestUs]!, timeUs);
      this.#ring.write(this.#reserve(HEADER_BYTES), HEADER_BYTES, Operation.gap, 0, newestUs, 0, 0, 0, NO_PATH, null);
    });
  }

  /** For what is not called on every change. */
  #locked<T>(work: () => T): T {
    acquire(this.#words, Word.mutex);
    const result = work();
    release(this.#words, Word.mutex);
    return result;
  }

  /** Why the journal cannot be written, or null while it can. */
  get failure(): string | null {
    return this.#locked(() => this.#failure());
  }

  #failure(): string | null {
    if (this.#words[Word.failed] === 0) return null;
    return Buffer.from(this.#bytes.subarray(REASON_AT, REASON_AT + this.#words[Word.reasonLength]!)).toString();
  }

  /** Sequence of the last committed record. */
  get head(): number {
    return this.position.head;
  }

  /** The journal and its last committed record. */
  get position(): JournalHead {
    return this.#locked(() => this.#position());
  }

  #position(): JournalHead {
    const id = Buffer.from(this.#bytes.subarray(ID_AT, ID_AT + ID_BYTES)).toString('latin1');
    return { journalId: id, head: this.#reals[Real.head]! };
  }

  /**
   * Resolves when every record appended before the call is committed, to a head that covers them. Rejects with JournalFailure where
   * one of them was dropped, or records are being dropped. Never blocks the thread.
   */
  async flush(): Promise<JournalHead> {
    const words = this.#words;
    acquire(words, Word.mutex);
    const target = this.#reals[Real.tail]!;
    const failures = words[Word.failures]!;
    if (target > this.#reals[Real.wanted]!) this.#reals[Real.wanted] = target;
    this.#wakeConsumer();
    for (;;) {
      const failed = words[Word.failed] !== 0 || words[Word.failures] !== failures;
      const failure = failed ? (this.#failure() ?? 'it could not be written for a moment') : null;
      const settled = this.#reals[Real.settled]! >= target;
      const position = this.#position();
      const seen = words[Word.done]!;
      release(words, Word.mutex);
      if (failure !== null) throw new JournalFailure(`Cannot write the journal: ${failure}`);
      if (settled) return position;
      await Atomics.waitAsync(words, Word.done, seen).value;
      acquire(words, Word.mutex);
    }
  }

  /** No more records will come; the consumer commits what is queued and ends. */
  end(): void {
    this.#locked(() => {
      this.#words[Word.ended] = 1;
      this.#wakeConsumer();
    });
  }

  /** Whether `end` was called. */
  get ended(): boolean {
    return Atomics.load(this.#words, Word.ended) !== 0;
  }
}
