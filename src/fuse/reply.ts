import type { Stat } from '../syscalls/index.js';
import { statx } from '../syscalls/index.js';
import { attr, attrOut, dirent, direntplus, entryOut, openOut, outHeader, statxOut } from './abi/layouts.js';

/**
 * How long the kernel may trust what a reply says, in whole seconds: names (entry timeout) and attributes (attr
 * timeout).
 */
export interface Timeouts {
  readonly entry: number;
  readonly attr: number;
}

/** What replies go by. */
export interface ReplyRules extends Timeouts {
  /**
   * The device (as {@link Stat.dev}) whose inode numbers are shown as they are. The mount shows one device: the objects
   * of others, which may have the same numbers, get numbers apart. Where it is not given, all numbers are shown.
   */
  readonly home?: number;
}

/**
 * The reply that a worker is making. A handler fills the payload behind the header (struct fuse_out_header) and returns
 * its length. Attributes go from struct statx to struct fuse_attr word by word: 64-bit numbers are copied as halves and
 * never become Numbers.
 */
export class Reply {
  /** What is sent: the header, and the payload behind it unless that lies elsewhere. */
  readonly bytes: Buffer;
  /** The part that handlers fill. */
  readonly payload: Buffer;
  readonly #header: Uint32Array;
  readonly #words: Uint32Array;

  /** A payload of `capacity` bytes, or with `apart` a header and a payload that lie in two places. */
  constructor(
    capacity: number,
    readonly rules: ReplyRules,
    apart?: { readonly header: Buffer; readonly payload: Buffer },
  ) {
    this.bytes = apart?.header ?? Buffer.allocUnsafeSlow(capacity + outHeader.bytes);
    this.payload = apart?.payload ?? this.bytes.subarray(outHeader.bytes);
    this.#header = wordsOf(this.bytes);
    this.#words = wordsOf(this.payload);
  }

  /** Writes the header; returns the bytes to send. `result` is the payload's length, or −errno. */
  seal(result: number, uniqueLow: number, uniqueHigh: number): number {
    const length = outHeader.bytes + Math.max(result, 0);
    this.#header[0] = length;
    this.#header[1] = Math.min(result, 0);
    this.#header[2] = uniqueLow;
    this.#header[3] = uniqueHigh;
    return length;
  }

  u32(offset: number, value: number): void {
    this.#words[offset >>> 2] = value;
  }

  u64(offset: number, low: number, high = 0): void {
    const word = offset >>> 2;
    this.#words[word] = low;
    this.#words[word + 1] = high;
  }

  /** struct fuse_attr at `at`. */
  attr(at: number, stat: Stat): void {
    this.u64(at + attr.ino, stat.inoLow, (stat.inoHigh ^ this.#apart(stat.dev)) >>> 0);
    this.#copy64(at + attr.size, stat, statx.size);
    this.#copy64(at + attr.blocks, stat, statx.blocks);
    this.#copy64(at + attr.atime, stat, statx.atime);
    this.#copy64(at + attr.mtime, stat, statx.mtime);
    this.#copy64(at + attr.ctime, stat, statx.ctime);
    this.u32(at + attr.atimensec, stat.u32(statx.atime + statx.nsec));
    this.u32(at + attr.mtimensec, stat.u32(statx.mtime + statx.nsec));
    this.u32(at + attr.ctimensec, stat.u32(statx.ctime + statx.nsec));
    this.u32(at + attr.mode, stat.mode);
    this.u32(at + attr.nlink, stat.nlink);
    this.u32(at + attr.uid, stat.uid);
    this.u32(at + attr.gid, stat.gid);
    this.u32(at + attr.rdev, encodeDevice(stat.rdevMajor, stat.rdevMinor));
    this.u32(at + attr.blksize, stat.u32(statx.blksize));
    this.u32(at + attr.flags, 0);
  }

  /** struct fuse_attr_out; returns its length. `valid`: how many seconds the attributes may be trusted. */
  attrOut(stat: Stat, valid = this.rules.attr): number {
    this.u64(attrOut.attrValid, valid);
    this.u64(attrOut.attrValidNsec, 0);
    this.attr(attrOut.attr, stat);
    return attrOut.bytes;
  }

  /** struct fuse_statx_out, with the birth time where the source has it; returns its length. */
  statxOut(stat: Stat, valid = this.rules.attr): number {
    this.payload.fill(0, 0, statxOut.bytes);
    this.u64(statxOut.attrValid, valid);
    stat.bytes.copy(this.payload, statxOut.stat, 0, statx.known);
    this.u32(statxOut.stat + statx.ino + 4, (stat.inoHigh ^ this.#apart(stat.dev)) >>> 0);
    return statxOut.bytes;
  }

  /**
   * struct fuse_entry_out at `at`; returns its length. The kernel's lookup count of the nodeid grows by one with it.
   */
  entry(nodeid: number, generation: number, stat: Stat, at = 0, valid = this.rules.attr): number {
    this.u64(at + entryOut.nodeid, nodeid);
    this.u64(at + entryOut.generation, generation);
    this.u64(at + entryOut.entryValid, this.rules.entry);
    this.u64(at + entryOut.attrValid, valid);
    this.u64(at + entryOut.entryValidNsec, 0);
    this.attr(at + entryOut.attr, stat);
    return entryOut.bytes;
  }

  /**
   * A struct fuse_entry_out that names nothing: in READDIRPLUS "no attributes", in LOOKUP a negative entry to be
   * cached.
   */
  noEntry(at = 0): number {
    this.#words.fill(0, at >>> 2, (at + entryOut.bytes) >>> 2);
    this.u64(at + entryOut.entryValid, this.rules.entry);
    return entryOut.bytes;
  }

  /** struct fuse_open_out at `at`; returns its length. */
  open(fh: number, flags: number, backingId: number, at = 0): number {
    this.u64(at + openOut.fh, fh);
    this.u32(at + openOut.openFlags, flags);
    this.u32(at + openOut.backingId, backingId);
    return openOut.bytes;
  }

  /**
   * struct fuse_dirent at `at`, from the struct linux_dirent64 at `source` of `entries`: both begin with ino and the
   * next offset. `dev`: of its directory. Returns its length, padded to 8 bytes.
   */
  dirent(
    at: number,
    entries: Buffer,
    source: number,
    dev: number,
    type: number,
    nameStart: number,
    nameLength: number,
  ): number {
    entries.copy(this.payload, at + dirent.ino, source, source + 16);
    const apart = this.#apart(dev);
    if (apart !== 0) this.u32(at + dirent.ino + 4, (entries.readUInt32LE(source + 4) ^ apart) >>> 0);
    this.u32(at + dirent.namelen, nameLength);
    this.u32(at + dirent.type, type);
    entries.copy(this.payload, at + dirent.bytes, nameStart, nameStart + nameLength);
    const end = at + dirent.bytes + nameLength;
    const padded = at + direntLength(nameLength);
    this.payload.fill(0, end, padded);
    return padded - at;
  }

  /**
   * What an inode number's upper half differs by on another device: bits 40 to 52 of the whole, above what filesystems
   * with several devices count up to, and below what programs with 53-bit numbers round.
   */
  #apart(dev: number): number {
    const { home } = this.rules;
    if (home === undefined || dev === home) return 0;
    return ((dev ^ home) & 0x1fff || 0x1fff) << 8;
  }

  #copy64(at: number, stat: Stat, from: number): void {
    this.u64(at, stat.u32(from), stat.u32(from + 4));
  }
}

function wordsOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

/** Bytes of a struct fuse_dirent with a name of this length. */
export function direntLength(nameLength: number): number {
  return (dirent.bytes + nameLength + 7) & ~7;
}

/** Bytes of a struct fuse_direntplus with a name of this length. */
export function direntplusLength(nameLength: number): number {
  return direntplus.dirent + direntLength(nameLength);
}

/** The kernel's new_encode_dev(): minor in bits 0–7 and 20–31, major in 8–19. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** The inverse, new_decode_dev(). */
export function decodeDevice(device: number): { major: number; minor: number } {
  return { major: (device & 0xfff00) >>> 8, minor: ((device & 0xff) | ((device >>> 12) & 0xfff00)) >>> 0 };
}
