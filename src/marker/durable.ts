import { randomBytes } from 'node:crypto';
import { setAttributeSync } from 'fs-xattr';
import { check, native } from '../syscalls/index.js';

/**
 * Puts marks on the disk before the data that they stand for. A mark is written before its change, but fdatasync(2),
 * O_DSYNC, O_DIRECT and msync(2) bring data to the disk past what filesystems keep in their journal: after a power cut
 * the change would be there, and no mark. In memory shared by all threads: how many marks were written, and how many of
 * them are on the disk for sure.
 */
export class DurableMarks {
  static readonly bytes = 8;

  readonly #words: Int32Array;
  /** The filesystem has one journal: what is written last takes all before it along to the disk. */
  readonly inOrder: boolean;
  readonly #token = randomBytes(8);

  /** `rootFd`: the source's root, open for reading. `name`: an xattr of the root that is written for its journal's sake. */
  constructor(
    memory: SharedArrayBuffer,
    private readonly rootFd: number,
    private readonly name: string,
  ) {
    this.#words = new Int32Array(memory);
    const figures = Buffer.alloc(120);
    check(native.fstatfs(rootFd, figures), 'statfs', 'the source');
    this.inOrder = journalsInOrder.has(figures.readUInt32LE(0));
  }

  /** Marks that have been written so far; the count begins anew after 2^32. */
  static count(memory: SharedArrayBuffer): number {
    return Atomics.load(new Int32Array(memory), word.written) >>> 0;
  }

  /** A mark has been written. */
  written(): void {
    Atomics.add(this.#words, word.written, 1);
  }

  /** All marks that have been written are on the disk when it returns 0; or −errno. */
  keep(): number {
    const marks = Atomics.load(this.#words, word.written);
    if (isReached(Atomics.load(this.#words, word.kept), marks)) return 0;
    const result = this.inOrder && this.#commit() ? 0 : native.syncfs(this.rootFd);
    if (result === 0) this.#raise(marks);
    return result;
  }

  /**
   * Without the data of other files that syncfs(2) would wait for. A value that is there already would not be written.
   */
  #commit(): boolean {
    this.#token.writeUInt32LE((this.#token.readUInt32LE(0) + 1) >>> 0, 0);
    try {
      setAttributeSync(`/proc/self/fd/${this.rootFd}`, this.name, this.#token);
    } catch {
      return false;
    }
    return native.fsync(this.rootFd) === 0;
  }

  #raise(marks: number): void {
    for (;;) {
      const before = Atomics.load(this.#words, word.kept);
      if (isReached(before, marks) || Atomics.compareExchange(this.#words, word.kept, before, marks) === before) return;
    }
  }
}

/** Counts wrap around at 32 bits. */
const isReached = (count: number, marks: number): boolean => ((count - marks) | 0) >= 0;

const word = { written: 0, kept: 1 } as const;
/** EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC. Not btrfs: its fsync(2) writes a log of the one object. */
const journalsInOrder = new Set([0xef53, 0x58465342]);

/** fsync(2), or fdatasync(2); 0 or −errno. */
export function syncFile(fd: number, dataOnly: boolean): number {
  return dataOnly ? native.fdatasync(fd) : native.fsync(fd);
}
