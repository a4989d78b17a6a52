import { Field, HEADER_BYTES } from './layout.js';

/**
 * Records copied out of the queue, read one at a time: the fields tell of the record that `next` moved to. Reused for
 * every batch; the paths are views that the next batch overwrites.
 */
export class RecordBatch {
  operation = 0;
  timeUs = 0;
  epoch = 0;
  dev = 0;
  inoLo = 0;
  inoHi = 0;
  path: Buffer;
  path2: Buffer | null = null;

  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #reals: Float64Array;
  #length = 0;
  #at = 0;

  constructor(capacity: number) {
    const memory = new ArrayBuffer(capacity);
    this.#bytes = Buffer.from(memory);
    this.#words = new Int32Array(memory);
    this.#reals = new Float64Array(memory);
    this.path = this.#bytes.subarray(0, 0);
  }

  /** Takes a copy of these bytes of a queue, whole records. */
  fill(bytes: Uint8Array): this {
    this.#bytes.set(bytes);
    this.#length = bytes.length;
    this.#at = 0;
    return this;
  }

  /** Starts over with the first record. */
  rewind(): void {
    this.#at = 0;
  }

  /** Moves to the next record; false where there is none. */
  next(): boolean {
    const word = this.#at >> 2;
    const words = this.#words;
    if (this.#at >= this.#length || words[word + Field.size] === 0) return false;
    this.operation = words[word + Field.operation]!;
    this.timeUs = this.#reals[(word + Field.time) >> 1]!;
    this.epoch = words[word + Field.epoch]! >>> 0;
    this.dev = words[word + Field.dev]! >>> 0;
    this.inoLo = words[word + Field.inoLo]! >>> 0;
    this.inoHi = words[word + Field.inoHi]! >>> 0;
    this.#readPaths(this.#at + HEADER_BYTES, words[word + Field.path]!, words[word + Field.path2]!);
    this.#at += words[word + Field.size]!;
    return true;
  }

  #readPaths(at: number, length: number, length2: number): void {
    this.path = this.#bytes.subarray(at, at + length);
    this.path2 = length2 < 0 ? null : this.#bytes.subarray(at + length, at + length + length2);
  }
}
