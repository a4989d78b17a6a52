import assert from 'node:assert/strict';

/** What a handle was opened for. */
export const HandleKind = {
  reading: 1,
  /** Only writing: such a handle cannot be mapped (mmap(2) wants the right to read). */
  writing: 2,
  /** Reading and writing: a shared mapping may change the file without a word. */
  both: 3,
} as const;
export type HandleKind = (typeof HandleKind)[keyof typeof HandleKind];

/**
 * Which of the daemon's descriptors are handles, and of which nodes. A handle is a descriptor: a request that names
 * another one, the device's or the journal's, would otherwise read, write or close it. The same for all threads: how many
 * there are, then a word a descriptor, 0 for what is no handle. No lock is needed: the kernel uses a handle between the
 * replies that open and those that end it.
 */
export class Handles {
  /** More than any process can open; the kernel supplies the pages that are used. */
  static readonly bytes = (1 << 22) * Uint32Array.BYTES_PER_ELEMENT;

  readonly #count: Uint32Array;
  readonly #words: Uint32Array;

  constructor(
    memory: SharedArrayBuffer,
    /** Handles at most, of all threads together. */
    private readonly most: number,
  ) {
    this.#count = new Uint32Array(memory, 0, 1);
    this.#words = new Uint32Array(memory, Uint32Array.BYTES_PER_ELEMENT);
  }

  /** Whether one more may be opened. Otherwise whoever asks is told ENFILE, and the others have descriptors to go on with. */
  admit(): boolean {
    return this.#count[0]! < this.most;
  }

  /** A descriptor is a handle of this node from now on. */
  opened(fd: number, id: number, kind: HandleKind): void {
    assert(fd < this.#words.length, `descriptor ${fd} is beyond the table of handles`);
    this.#words[fd] = id * kinds + kind;
    Atomics.add(this.#count, 0, 1);
  }

  /** The descriptor is about to be closed: whoever gets its number next is no handle. */
  ended(fd: number): void {
    this.#words[fd] = 0;
    Atomics.sub(this.#count, 0, 1);
  }

  /** What the handle was opened for; undefined where the descriptor is no handle of this node. */
  kind(fd: number, id: number): HandleKind | undefined {
    const word = this.#words[fd] ?? 0;
    return Math.floor(word / kinds) === id && word !== 0 ? ((word % kinds) as HandleKind) : undefined;
  }
}

/** Numbers of kinds, with one for none. */
const kinds = 4;
