import { SEEK_SET } from './constants.js';
import { check } from './errors.js';
import { native } from './native.js';

/** One entry of a directory; `type` is a DT_ number, which some filesystems leave at DT_UNKNOWN. */
export interface Dirent {
  name: Buffer;
  type: number;
  ino: bigint;
}

/**
 * Byte offsets in struct linux_dirent64 (getdents(2)): ino u64, offset i64 of the next, length u16, type u8, name to a
 * NUL.
 */
export const dirent64 = { ino: 0, offset: 8, length: 16, type: 18, name: 19 } as const;

const bufferBytes = 65536;

/** All entries of an open directory but `.` and `..`, from its beginning. Throws SystemError. */
export function listDirectory(fd: number): Dirent[] {
  check(native.lseek(fd, 0, SEEK_SET), 'lseek', `directory ${fd}`);
  const entries: Dirent[] = [];
  const buffer = Buffer.allocUnsafe(bufferBytes);
  for (;;) {
    const filled = check(native.getdents64(fd, buffer), 'getdents64', `directory ${fd}`);
    if (filled === 0) return entries;
    for (let at = 0; at < filled; at += buffer.readUInt16LE(at + dirent64.length)) {
      const start = at + dirent64.name;
      const name = buffer.subarray(start, buffer.indexOf(0, start));
      if (isDots(name)) continue;
      entries.push({ name: Buffer.from(name), type: buffer[at + dirent64.type]!, ino: buffer.readBigUInt64LE(at) });
    }
  }
}

/** Whether a name is `.` or `..`. */
export function isDots(name: Uint8Array): boolean {
  return name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
}
