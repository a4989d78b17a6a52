import { encodeDevice } from '../../fuse/index.js';
import { type Stat, statx } from '../../syscalls/index.js';

/** Attributes as fuse-native takes them: it cuts inode and device numbers to 32 bits, and shows 0 links as 1. */
export function attributesOf(stat: Stat) {
  return {
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: Number(stat.size),
    nlink: stat.nlink,
    ino: stat.inoLow,
    rdev: encodeDevice(stat.rdevMajor, stat.rdevMinor),
    blksize: stat.u32(statx.blksize),
    blocks: Number(stat.bytes.readBigUInt64LE(statx.blocks)),
    atime: millisecondsAt(stat, statx.atime),
    mtime: millisecondsAt(stat, statx.mtime),
    ctime: millisecondsAt(stat, statx.ctime),
  };
}

/** Times before 1970 would come out as the far future. */
function millisecondsAt(stat: Stat, at: number): number {
  const seconds = Number(stat.bytes.readBigInt64LE(at));
  return Math.max(0, seconds * 1000 + Math.floor(stat.u32(at + statx.nsec) / 1e6));
}

/** Two struct timespec for utimensat(2), from milliseconds; those of times before 1970 arrive with 2^64 added. */
export function timesOf(atimeMs: number, mtimeMs: number): Buffer {
  const times = Buffer.alloc(32);
  [atimeMs, mtimeMs].forEach((arrived, index) => {
    const ms = arrived >= 2 ** 63 ? arrived - 2 ** 64 : arrived;
    const seconds = Math.floor(ms / 1000);
    times.writeBigInt64LE(BigInt(seconds), index * 16);
    times.writeUInt32LE((ms - seconds * 1000) * 1e6, index * 16 + 8);
  });
  return times;
}

/** From struct statfs (64-bit fields of 8 bytes: bsize at 8, five counts from 16, namelen at 64, frsize at 72). */
export function figuresOf(figures: Buffer) {
  const field = (at: number) => Math.min(Number(figures.readBigUInt64LE(at)), most);
  return {
    bsize: field(8),
    frsize: field(72),
    blocks: field(16),
    bfree: field(24),
    bavail: field(32),
    files: field(40),
    ffree: field(48),
    favail: field(48),
    namemax: field(64),
  };
}

/** fuse-native cuts figures to 32 bits; too little is better than the rest of a division. */
const most = 2 ** 32 - 1;
