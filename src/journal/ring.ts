import { Field, HEADER_BYTES, RING_AT } from './layout.js';

/** Bytes that a record takes in the ring. */
export function recordSize(path: Uint8Array, path2: Uint8Array | null): number {
  return (HEADER_BYTES + path.length + (path2 === null ? 0 : path2.length) + 7) & ~7;
}

/** The part of the queue's memory that holds records; layout.ts says how. Knows neither mutex nor positions. */
export class Ring {
  /** Bytes, a multiple of 8. */
  readonly capacity: number;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #reals: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.capacity = memory.byteLength - RING_AT;
    this.#bytes = new Uint8Array(memory, RING_AT);
    this.#words = new Int32Array(memory, RING_AT);
    this.#reals = new Float64Array(memory, RING_AT);
  }

  /** Writes a record of `recordSize` bytes at a multiple of 8. */
  write(
    at: number,
    size: number,
    operation: number,
    epoch: number,
    timeUs: number,
    dev: number,
    inoLo: number,
    inoHi: number,
    path: Uint8Array,
    path2: Uint8Array | null,
  ): void {
    const words = this.#words;
    const word = at >> 2;
    words[word + Field.size] = size;
    words[word + Field.operation] = operation;
    this.#reals[(word + Field.time) >> 1] = timeUs;
    words[word + Field.epoch] = epoch;
    words[word + Field.dev] = dev;
    words[word + Field.inoLo] = inoLo;
    words[word + Field.inoHi] = inoHi;
    words[word + Field.path] = path.length;
    words[word + Field.path2] = path2 === null ? -1 : path2.length;
    this.#bytes.set(path, at + HEADER_BYTES);
    if (path2 !== null) this.#bytes.set(path2, at + HEADER_BYTES + path.length);
  }

  /** Says that nothing follows up to the ring's end. */
  closeAt(at: number): void {
    if (at < this.capacity) this.#words[(at >> 2) + Field.size] = 0;
  }

  bytes(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at, at + length);
  }
}
