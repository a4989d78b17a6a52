import { dirent64, isDots, native, SEEK_SET } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';

/** One entry of a directory stream: views of this thread's buffer, valid during the call back. */
export interface Listed {
  /** The buffer, and where the entry's struct linux_dirent64 begins in it. */
  readonly entries: Buffer;
  at: number;
  nameStart: number;
  nameLength: number;
  /** A DT_ number. */
  type: number;
  isDots: boolean;
}

const entries = Buffer.allocUnsafeSlow(65536);
const listed: Listed = { entries, at: 0, nameStart: 0, nameLength: 0, type: 0, isDots: false };

/**
 * Reads entries of a directory from `offset` on, as much as `bytes` of them, and hands them to `take`, with a descriptor
 * of the directory, until it returns false. The state folder is left out. Returns 0 or −errno. Offsets are the source's
 * own and stay valid while the directory changes.
 */
export function list(
  fs: Filesystem,
  id: number,
  offset: bigint,
  bytes: number,
  take: (entry: Listed, fd: number) => boolean,
): number {
  const fd = fs.objects.listing(id, offset === 0n);
  if (fd < 0) return fd;
  const sought = native.lseek(fd, offset, SEEK_SET);
  if (sought < 0) return Number(sought);
  const room = entries.subarray(0, Math.min(Math.max(bytes, smallest), entries.length));
  // What held nothing but the state folder is not the end of the directory.
  for (let shown = 0; shown === 0; ) {
    const filled = native.getdents64(fd, room);
    if (filled <= 0) return filled;
    shown = handOver(fs, id, filled, (entry) => take(entry, fd));
  }
  return 0;
}

/** Hands over the entries that the buffer holds; returns how many were offered. */
function handOver(fs: Filesystem, id: number, filled: number, take: (entry: Listed) => boolean): number {
  let offered = 0;
  for (let at = 0; at < filled; at += entries.readUInt16LE(at + dirent64.length)) {
    const nameStart = at + dirent64.name;
    const nameLength = entries.indexOf(0, nameStart) - nameStart;
    const name = entries.subarray(nameStart, nameStart + nameLength);
    if (fs.hidden.isEntry(id, name)) continue;
    listed.at = at;
    listed.nameStart = nameStart;
    listed.nameLength = nameLength;
    listed.type = entries[at + dirent64.type]!;
    listed.isDots = isDots(name);
    offered++;
    if (!take(listed)) break;
  }
  return offered;
}

/** Room for an entry with the longest name: getdents64(2) fails with less. */
const smallest = 280;
