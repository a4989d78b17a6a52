import { cellWords, control } from './memory.js';

/**
 * Words of a cell that begins a name: the node's next name, the directory, the length, more bytes; then the first
 * bytes.
 */
const cell = { next: 0, parent: 1, length: 2, more: 3, bytes: 4 } as const;
const headBytes = (cellWords - cell.bytes) * 4;
/** A cell with more bytes: the next such cell, then bytes. */
const moreBytes = (cellWords - 1) * 4;

/**
 * Names in cells of shared memory. A name is a cell with its directory and first 16 bytes, and as many cells with 28
 * bytes more as it needs. The names of a node form a list. The caller holds the table's lock.
 */
export class NameCells {
  readonly #control: Int32Array;
  readonly #words: Uint32Array;
  readonly #bytes: Buffer;
  readonly #capacity: number;

  constructor(controlWords: Int32Array, memory: SharedArrayBuffer) {
    this.#control = controlWords;
    this.#words = new Uint32Array(memory);
    this.#bytes = Buffer.from(memory);
    this.#capacity = memory.byteLength / (cellWords * 4);
  }

  /**
   * Makes a name (without NUL) in a directory, before `next` in its list. Returns its cell; 0 when the memory is full.
   */
  make(parent: number, name: Uint8Array, next: number): number {
    const first = this.#take();
    if (first === 0) return 0;
    const at = first * cellWords;
    this.#words[at + cell.next] = next;
    this.#words[at + cell.parent] = parent;
    this.#words[at + cell.length] = name.length;
    this.#words[at + cell.more] = 0;
    this.#fill(at + cell.bytes, name, 0, headBytes);
    let link = at + cell.more;
    for (let done = headBytes; done < name.length; done += moreBytes) {
      const more = this.#take();
      if (more === 0) {
        this.free(first);
        return 0;
      }
      this.#words[link] = more;
      link = more * cellWords;
      this.#words[link] = 0;
      this.#fill(link + 1, name, done, moreBytes);
    }
    return first;
  }

  free(first: number): void {
    let more = this.#words[first * cellWords + cell.more]!;
    this.#give(first);
    while (more !== 0) {
      const next = this.#words[more * cellWords]!;
      this.#give(more);
      more = next;
    }
  }

  next(first: number): number {
    return this.#words[first * cellWords + cell.next]!;
  }

  setNext(first: number, next: number): void {
    this.#words[first * cellWords + cell.next] = next;
  }

  parent(first: number): number {
    return this.#words[first * cellWords + cell.parent]!;
  }

  length(first: number): number {
    return this.#words[first * cellWords + cell.length]!;
  }

  /** Copies the name's bytes to `out` at `at`. */
  copy(first: number, out: Uint8Array, at: number): void {
    const word = first * cellWords;
    let left = this.#words[word + cell.length]!;
    const head = Math.min(left, headBytes);
    this.#bytes.copy(out, at, (word + cell.bytes) * 4, (word + cell.bytes) * 4 + head);
    left -= head;
    let more = this.#words[word + cell.more]!;
    for (let to = at + head; left > 0; ) {
      const part = Math.min(left, moreBytes);
      const from = more * cellWords * 4 + 4;
      this.#bytes.copy(out, to, from, from + part);
      to += part;
      left -= part;
      more = this.#words[more * cellWords]!;
    }
  }

  equals(first: number, parent: number, name: Uint8Array): boolean {
    if (this.parent(first) !== parent || this.length(first) !== name.length) return false;
    const scratch = NameCells.#scratch.subarray(0, name.length);
    this.copy(first, scratch, 0);
    return scratch.equals(name);
  }

  static readonly #scratch = Buffer.alloc(256);

  #fill(word: number, name: Uint8Array, from: number, room: number): void {
    this.#bytes.set(name.subarray(from, from + room), word * 4);
  }

  /** Cell 0 is never given out: 0 means none. */
  #take(): number {
    const free = this.#control[control.freeCell]!;
    if (free !== 0) {
      this.#control[control.freeCell] = this.#words[free * cellWords]!;
      return free;
    }
    const used = this.#control[control.usedCells]! + 1;
    if (used >= this.#capacity) return 0;
    this.#control[control.usedCells] = used;
    return used;
  }

  #give(index: number): void {
    this.#words[index * cellWords] = this.#control[control.freeCell]!;
    this.#control[control.freeCell] = index;
  }
}
