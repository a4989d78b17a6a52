import {
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_SIZE_BYTES,
} from './constants.js';
import { type CString, native } from './native.js';

/** Byte offsets in struct statx (linux/stat.h). */
export const statx = {
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  size: 40,
  blocks: 48,
  atime: 64,
  btime: 80,
  ctime: 96,
  mtime: 112,
  rdevMajor: 128,
  rdevMinor: 132,
  devMajor: 136,
  devMinor: 140,
  blksize: 4,
  /** Behind the fields above stands what was added later. */
  known: 144,
  /** Within a time: seconds i64, then nanoseconds u32. */
  nsec: 8,
} as const;

const wanted = STATX_BASIC_STATS | STATX_BTIME;

/**
 * What statx(2) said of an object. The fields are read from the buffer when asked for: 64-bit ones exist as BigInts
 * only then.
 */
export class Stat {
  readonly bytes = Buffer.alloc(STATX_SIZE_BYTES);
  readonly #view = new DataView(this.bytes.buffer, this.bytes.byteOffset, STATX_SIZE_BYTES);

  /** Fills this object anew; returns 0 or −errno. Symlinks are not followed unless `flags` say otherwise. */
  read(directory: number, name: CString, flags: number = AT_SYMLINK_NOFOLLOW): number {
    return native.statx(directory, name, flags | AT_NO_AUTOMOUNT, wanted, this.bytes);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  get mode(): number {
    return this.#view.getUint16(statx.mode, true);
  }
  /** The S_IF… bits of the mode. */
  get kind(): number {
    return this.mode & S_IFMT;
  }
  get isDirectory(): boolean {
    return this.kind === S_IFDIR;
  }
  get isFile(): boolean {
    return this.kind === S_IFREG;
  }
  get nlink(): number {
    return this.u32(statx.nlink);
  }
  get uid(): number {
    return this.u32(statx.uid);
  }
  get gid(): number {
    return this.u32(statx.gid);
  }
  get ino(): bigint {
    return this.#view.getBigUint64(statx.ino, true);
  }
  get inoLow(): number {
    return this.u32(statx.ino);
  }
  get inoHigh(): number {
    return this.u32(statx.ino + 4);
  }
  get size(): bigint {
    return this.#view.getBigUint64(statx.size, true);
  }
  /** Space that it takes, in units of 512 bytes. */
  get blocks(): bigint {
    return this.#view.getBigUint64(statx.blocks, true);
  }
  /** The device as the kernel keeps it: major << 20 | minor. */
  get dev(): number {
    return ((this.u32(statx.devMajor) << 20) | this.u32(statx.devMinor)) >>> 0;
  }
  get rdevMajor(): number {
    return this.u32(statx.rdevMajor);
  }
  get rdevMinor(): number {
    return this.u32(statx.rdevMinor);
  }
  get mtimeSec(): bigint {
    return this.#view.getBigInt64(statx.mtime, true);
  }
  get mtimeNsec(): number {
    return this.u32(statx.mtime + statx.nsec);
  }
  get ctimeSec(): bigint {
    return this.#view.getBigInt64(statx.ctime, true);
  }
  get ctimeNsec(): number {
    return this.u32(statx.ctime + statx.nsec);
  }
}

/** statx(2) of a name, symlinks not followed unless `flags` say otherwise; −errno when it fails. */
export function statAt(directory: number, name: CString, flags: number = AT_SYMLINK_NOFOLLOW): Stat | number {
  const stat = new Stat();
  const result = stat.read(directory, name, flags);
  return result < 0 ? result : stat;
}
