import { type OpcodeName, opcodes } from './abi/opcodes.js';

/** What one operation came to, of all threads together. */
export interface OperationCount {
  readonly name: OpcodeName;
  /** Requests that were answered with an error. */
  readonly errors: number;
  /** Time spent on all of them. */
  readonly seconds: number;
  /** Requests by the time that they took: less than 2^i microseconds, and not less than the bucket before; the last has the rest. */
  readonly buckets: readonly number[];
}

/**
 * Counts requests and their time, in memory that all threads share. Each thread has a part of its own that nobody else
 * writes, so that counting costs next to nothing; a sum may miss what happens while it is taken.
 */
export class OperationCounters {
  /** Bytes of shared memory for so many threads. */
  static bytes(threads: number): number {
    return threads * PART * Float64Array.BYTES_PER_ELEMENT;
  }

  readonly #mine: Float64Array;

  /** `thread`: this thread's number, from 0. */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#mine = new Float64Array(memory, thread * PART * Float64Array.BYTES_PER_ELEMENT, PART);
  }

  /** A request has been served. */
  count(opcode: number, milliseconds: number, failed: boolean): void {
    const row = opcode * ROW;
    const mine = this.#mine;
    const bucket = row + FIRST_BUCKET + Math.min(BUCKETS - 1, 32 - Math.clz32(milliseconds * 1000));
    mine[bucket] = mine[bucket]! + 1;
    mine[row + MILLISECONDS] = mine[row + MILLISECONDS]! + milliseconds;
    if (failed) mine[row + ERRORS] = mine[row + ERRORS]! + 1;
  }

  /** The operations that there were, of all threads together. */
  static sum(memory: SharedArrayBuffer): OperationCount[] {
    const all = new Float64Array(memory);
    const counts: OperationCount[] = [];
    for (const [name, { opcode }] of Object.entries(opcodes) as [OpcodeName, { opcode: number }][]) {
      const row = sumRows(all, opcode * ROW);
      const buckets = [...row.subarray(FIRST_BUCKET)];
      if (buckets.some((requests) => requests > 0))
        counts.push({ name, errors: row[ERRORS]!, seconds: row[MILLISECONDS]! / 1000, buckets });
    }
    return counts;
  }
}

/** A row of all threads together. */
function sumRows(all: Float64Array, first: number): Float64Array {
  const row = new Float64Array(ROW);
  for (let at = first; at < all.length; at += PART) for (let n = 0; n < ROW; n++) row[n] = row[n]! + all[at + n]!;
  return row;
}

/** From less than a microsecond to 2 seconds, and more. */
const BUCKETS = 23;
/** Of an operation: errors, milliseconds, buckets. */
const ERRORS = 0;
const MILLISECONDS = 1;
const FIRST_BUCKET = 2;
const ROW = FIRST_BUCKET + BUCKETS;
const OPERATIONS = Math.max(...Object.values(opcodes).map(({ opcode }) => opcode)) + 1;
const PART = OPERATIONS * ROW;
