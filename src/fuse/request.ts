import { isDots } from '../syscalls/index.js';
import { FUSE_EXT_GROUPS } from './abi/flags.js';
import { inHeader } from './abi/layouts.js';

/** Bytes from the kernel that do not add up. The session answers EIO. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/**
 * The request that a worker is serving: a view of its buffer, valid until the next one is read. Offsets are bytes from
 * the end of the header (struct fuse_in_header), as in the structures of linux/fuse.h.
 */
export class Request {
  readonly bytes: Buffer;
  readonly #words: Uint32Array;
  /** Bytes of the whole request. */
  #length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.#words = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, capacity >>> 2);
  }

  /** Accepts `length` bytes that were read into the buffer. */
  accept(length: number): void {
    this.#length = length;
    if (length < inHeader.bytes || this.#words[0] !== length) throw new MalformedRequest(`${length} bytes read`);
  }

  /** Bytes behind the header. */
  get bodyLength(): number {
    return this.#length - inHeader.bytes;
  }
  get opcode(): number {
    return this.#words[inHeader.opcode >>> 2]!;
  }
  /** The request's id, in two words. */
  get uniqueLow(): number {
    return this.#words[inHeader.unique >>> 2]!;
  }
  get uniqueHigh(): number {
    return this.#words[(inHeader.unique >>> 2) + 1]!;
  }
  /** The object that the request is about. Nodeids that we give fit 32 bits. */
  get nodeid(): number {
    return this.small64(inHeader.nodeid - inHeader.bytes);
  }
  get uid(): number {
    return this.#words[inHeader.uid >>> 2]!;
  }
  get gid(): number {
    return this.#words[inHeader.gid >>> 2]!;
  }

  /** The caller's thread, as the mount's pid namespace numbers it; 0 where nobody waits for the answer. */
  get pid(): number {
    return this.#words[inHeader.pid >>> 2]!;
  }

  u32(offset: number): number {
    return this.#words[(inHeader.bytes + offset) >>> 2]!;
  }

  /** A number that the system call takes as an int. */
  i32(offset: number): number {
    return this.u32(offset) | 0;
  }

  /** A 64-bit number that was ours and fits 32 bits (a nodeid, a handle). */
  small64(offset: number): number {
    if (this.u32(offset + 4) !== 0) throw new MalformedRequest('a nodeid or handle above 32 bits');
    return this.u32(offset);
  }

  u64(offset: number): bigint {
    return this.bytes.readBigUInt64LE(inHeader.bytes + offset);
  }

  /** The name at `offset`, with its NUL: a view. */
  name(offset: number): Buffer {
    const start = inHeader.bytes + offset;
    const end = this.bytes.indexOf(0, start);
    if (end < 0 || end >= this.#length) throw new MalformedRequest('a name without its end');
    return this.bytes.subarray(start, end + 1);
  }

  /** The name of an entry: not empty, no slash, neither `.` nor `..`: nothing that could lead out of its directory. */
  entryName(offset: number): Buffer {
    const name = this.name(offset);
    const bare = name.subarray(0, -1);
    if (bare.length === 0 || bare.includes(0x2f) || isDots(bare)) throw new MalformedRequest('a name that is no entry');
    return name;
  }

  /** `length` bytes at `offset`: a view. */
  data(offset: number, length: number): Buffer {
    const start = inHeader.bytes + offset;
    if (start + length > this.#length) throw new MalformedRequest('data past the end');
    return this.bytes.subarray(start, start + length);
  }

  /**
   * The caller's supplementary group that is the parent directory's group, with FUSE_CREATE_SUPP_GROUP: struct
   * fuse_ext_header { size, type } and struct fuse_supp_groups { nr_groups, groups[] } at the request's end, whose
   * length in units of 8 bytes stands in the header.
   */
  supplementaryGroup(): number | undefined {
    const extensions = this.bytes.readUInt16LE(inHeader.totalExtlen) * 8;
    if (extensions > this.bodyLength) throw new MalformedRequest('extensions past the end');
    let at = this.bodyLength - extensions;
    while (at + 12 <= this.bodyLength) {
      const size = this.bytes.readUInt32LE(inHeader.bytes + at);
      if (size < 8) throw new MalformedRequest('an extension of no size');
      const isGroups = this.bytes.readUInt32LE(inHeader.bytes + at + 4) === FUSE_EXT_GROUPS;
      const count = this.bytes.readUInt32LE(inHeader.bytes + at + 8);
      if (isGroups && count > 0 && at + 16 <= this.bodyLength) return this.bytes.readUInt32LE(inHeader.bytes + at + 12);
      at += size;
    }
    return undefined;
  }
}
