import { fchmodSync } from 'node:fs';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  emptyName,
  fdPath,
  listDirectory,
  native,
  SEEK_SET,
  type SystemError,
  statAt,
} from '../../../src/syscalls/index.js';
import type { Command, HandleOperation, Place } from './command.js';
import { modeOf, pick, timesOf } from './on-names.js';
import { describeHandle } from './tree.js';

const LENGTHS = [0, 1, 10, 4096, 5000, 70_000];
const OFFSETS = [0, 1, 4095, 4096, 100_000, 1_000_000];
const SEEK_END = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** Plain, KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE, and one that nobody knows. The kernel itself keeps the others from any FUSE filesystem. */
const ALLOCATIONS = [0, 1, 3, 0x10, 0x11, 0x100];

type Run = (place: Place, fd: number, command: Command) => number | bigint | string;

const runs: Record<Exclude<HandleOperation, 'close'>, Run> = {
  write: (_, fd, { n, m }) => {
    const bytes = Buffer.alloc(pick(LENGTHS, n), 0x61 + m);
    return native.write(fd, bytes, bytes.length);
  },
  read: (_, fd, { n }) => reading(pick(LENGTHS, n), (bytes) => native.read(fd, bytes)),
  pwrite: (_, fd, { n, m }) => native.pwrite(fd, Buffer.alloc(pick(LENGTHS, n), 0x41 + m), pick(OFFSETS, m)),
  pread: (_, fd, { n, m }) => reading(pick(LENGTHS, n), (bytes) => native.pread(fd, bytes, pick(OFFSETS, m))),
  seek: (_, fd, { n, m }) => {
    // Where a directory ends is each filesystem's own business.
    const stat = statAt(fd, emptyName, AT_EMPTY_PATH);
    if (typeof stat !== 'number' && stat.isDirectory) return native.lseek(fd, 0, SEEK_SET);
    return native.lseek(fd, pick(OFFSETS, m), pick([SEEK_SET, SEEK_END, SEEK_DATA, SEEK_HOLE], n));
  },
  truncate: (_, fd, { m }) => native.ftruncate(fd, pick(OFFSETS, m)),
  allocate: (_, fd, { n, m }) => native.fallocate(fd, pick(ALLOCATIONS, n), pick(OFFSETS, m), pick(LENGTHS, m + n)),
  fsync: (_, fd, { n }) => (n % 2 === 0 ? native.fsync(fd) : native.fdatasync(fd)),
  copy: ({ handles }, fd, { slot, n, m }) => {
    const to = handles[(slot + 1 + (n % 3)) % handles.length];
    return to === undefined
      ? 'none'
      : native.copy_file_range(fd, pick(OFFSETS, n), to, pick(OFFSETS, m), pick(LENGTHS, m));
  },
  'stat handle': ({ abilities }, fd) => describeHandle(fd, abilities.blind),
  'list handle': (_, fd) =>
    coded(() =>
      listDirectory(fd)
        .map(({ name }) => name.toString('latin1'))
        .sort()
        .join(' '),
    ),
  'chmod handle': (place, fd, { m }) => coded(() => String(fchmodSync(fd, modeOf(place, m)))),
  'utimens handle': (_, fd, { n, m }) => native.utimensat(AT_FDCWD, fdPath(fd), timesOf(n, m), 0),
};

/** What was read, in short. */
function reading(length: number, read: (bytes: Buffer) => number): number | string {
  const bytes = Buffer.alloc(length);
  const got = read(bytes);
  if (got < 0) return got;
  const sum = bytes.subarray(0, got).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0);
  return `${got} bytes, ${sum}`;
}

function coded(action: () => string): string {
  try {
    return action();
  } catch (error) {
    return (error as SystemError).code;
  }
}

export function onHandle(place: Place, op: HandleOperation, command: Command): number | string {
  const fd = place.handles[command.slot];
  if (fd === undefined) return 'none';
  if (op === 'close') {
    place.handles[command.slot] = undefined;
    return native.close(fd);
  }
  const result = runs[op](place, fd, command);
  return typeof result === 'bigint' ? String(result) : result;
}
