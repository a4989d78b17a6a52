import { constants, fstatSync, readFileSync, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { join } from 'node:path';
import {
  AT_FDCWD,
  CLOCK_REALTIME,
  cstr,
  EAGAIN,
  EBADF,
  EEXIST,
  EFBIG,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EOPNOTSUPP,
  LOCK_EX,
  LOCK_NB,
  LOCK_UN,
  type Native,
  SEEK_SET,
} from '../../../src/syscalls/index.js';
import { type Check, noFd } from './check.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_WRONLY } = constants;
const { ENXIO } = os.errno;
const [SEEK_CUR, SEEK_END, SEEK_DATA] = [1, 2, 3];
const FALLOC_FL_KEEP_SIZE = 1;

/** Bytes of a buffer as text. */
const text = (bytes: Buffer, length = bytes.length) => bytes.toString('latin1', 0, length);

/** open(2), read(2) and so on. */
export const fileChecks = {
  openat: ({ native, fd, path }, is) => {
    const rows: [what: string, directory: number, name: string, flags: number, expected: number][] = [
      ['a name that is not there', fd, 'missing', O_RDONLY, -ENOENT],
      ['a file as a directory', fd, 'file', O_RDONLY | O_DIRECTORY, -ENOTDIR],
      ['a directory for writing', fd, 'sub', O_WRONLY, -EISDIR],
      ['O_EXCL over a file', fd, 'file', O_WRONLY | O_CREAT | O_EXCL, -EEXIST],
      ['O_NOFOLLOW on a symlink', fd, 'link', O_RDONLY | O_NOFOLLOW, -ELOOP],
      ['a directory that is no descriptor', noFd, 'file', O_RDONLY, -EBADF],
      ['the empty name', fd, '', O_RDONLY, -ENOENT],
    ];
    for (const [what, directory, name, flags, expected] of rows)
      is(native.openat(directory, cstr(name), flags, 0), expected, what);
    const made = native.openat(fd, cstr('made'), O_RDWR | O_CREAT, 0o600);
    is(statSync(join(path, 'made')).mode, 0o100600, 'the mode of a new file');
    is(native.close(made), 0, 'closes');
    const absolute = native.openat(AT_FDCWD, cstr(join(path, 'made')), O_RDONLY, 0);
    is(native.close(absolute), 0, 'AT_FDCWD takes absolute paths');
  },

  close: ({ native, fd }, is) => {
    const one = native.openat(fd, cstr('file'), O_RDONLY, 0);
    is([native.close(one), native.close(one)], [0, -EBADF], 'once');
    is(native.close(-1), -EBADF, 'a negative number');
  },

  read: ({ native, open, fd }, is) => {
    const file = open('file', 'r');
    const buffer = Buffer.alloc(5, '.');
    is([native.read(file, buffer), text(buffer)], [5, 'conte'], 'as much as the buffer takes');
    is([native.read(file, buffer), text(buffer)], [2, 'ntnte'], 'what is left');
    is(native.read(file, buffer), 0, 'the end');
    is(native.read(file, Buffer.alloc(0)), 0, 'an empty buffer');
    is(native.read(fd, buffer), -EISDIR, 'a directory');
    is(native.read(noFd, buffer), -EBADF, 'no descriptor');
    const window = new Uint8Array(new ArrayBuffer(16), 4, 3);
    is(
      [native.read(open('file', 'r'), window), Buffer.from(window.buffer).toString('latin1', 3, 8)],
      [3, '\0con\0'],
      'a view',
    );
    const shared = Buffer.from(new SharedArrayBuffer(7));
    is([native.read(open('file', 'r'), shared), text(shared)], [7, 'content'], 'shared memory');
  },

  write: ({ native, open, path }, is) => {
    const file = open('file', 'r+');
    is(native.write(file, Buffer.from('CONTENT'), 3), 3, 'only the first bytes');
    is(native.write(file, Buffer.from('xyz'), 0), 0, 'nothing');
    is(readFileSync(join(path, 'file'), 'latin1'), 'CONtent', 'what was written');
    is(native.write(open('file', 'r'), Buffer.from('x'), 1), -EBADF, 'a handle for reading');
  },

  pread: ({ native, open, fd }, is) => {
    const file = open('file', 'r');
    const buffer = Buffer.alloc(4);
    is([native.pread(file, buffer, 3), text(buffer)], [4, 'tent'], 'at an offset');
    is(native.pread(file, buffer, 3n), 4, 'a BigInt as offset');
    is(native.pread(file, buffer, 7), 0, 'the end');
    is(native.pread(file, buffer, 2n ** 63n - 1n), -EINVAL, 'an offset whose end overflows');
    is(native.pread(file, buffer, -1), -EINVAL, 'a negative offset');
    is(native.lseek(file, 0, SEEK_CUR), 0, 'the handle has not moved');
    is(native.pread(fd, buffer, 0), -EISDIR, 'a directory');
  },

  pwrite: ({ native, open, path }, is) => {
    const file = open('file', 'r+');
    is(native.pwrite(file, Buffer.from('X'), 2), 1, 'at an offset');
    is(native.pwrite(file, Buffer.from('Y'), 9n), 1, 'behind the end');
    is(readFileSync(join(path, 'file'), 'latin1'), 'coXtent\0\0Y', 'what was written');
    is(native.pwrite(file, Buffer.from('x'), -1n), -EINVAL, 'a negative offset');
    is(native.pwrite(file, Buffer.from('x'), 2n ** 62n), -EFBIG, 'an offset that no file reaches');
    is(native.pwrite(noFd, Buffer.from('x'), 0), -EBADF, 'no descriptor');
  },

  lseek: ({ native, open }, is) => {
    const file = open('file', 'r');
    const rows: [offset: number | bigint, whence: number, expected: number | bigint][] = [
      [3, SEEK_SET, 3],
      [2n, SEEK_CUR, 5],
      [-1, SEEK_END, 6],
      [-8, SEEK_END, -EINVAL],
      [0, SEEK_DATA, 0],
      [7, SEEK_DATA, -ENXIO],
      [0, 99, -EINVAL],
      [2n ** 63n, SEEK_SET, -EINVAL],
    ];
    for (const [offset, whence, expected] of rows)
      is(native.lseek(file, offset, whence), expected, `${offset} ${whence}`);
    // The only file that every system has and that may be sought beyond 2^53.
    const memory = native.openat(AT_FDCWD, cstr('/proc/self/mem'), O_RDONLY, 0);
    const far: [offset: number | bigint, expected: number | bigint][] = [
      [2 ** 53 - 1, 2 ** 53 - 1],
      [2n ** 53n, 2n ** 53n],
      [2n ** 53n + 1n, 2n ** 53n + 1n],
      [2n ** 63n - 1n, 2n ** 63n - 1n],
    ];
    for (const [offset, expected] of far) is(native.lseek(memory, offset, SEEK_SET), expected, String(offset));
    native.close(memory);
  },

  fsync: ({ native, open, fd }, is) => {
    is(
      [native.fsync(open('file', 'r')), native.fsync(fd), native.fsync(noFd)],
      [0, 0, -EBADF],
      'file, directory, none',
    );
  },

  fdatasync: ({ native, open, fd }, is) => {
    is([native.fdatasync(open('file', 'r')), native.fdatasync(fd), native.fdatasync(noFd)], [0, 0, -EBADF], 'as fsync');
  },

  syncfs: ({ native }, is) => {
    // On a filesystem that has nothing to write: the one under test may have much.
    const proc = native.openat(AT_FDCWD, cstr('/proc'), O_RDONLY, 0);
    is([native.syncfs(proc), native.syncfs(noFd)], [0, -EBADF], 'a filesystem, none');
    native.close(proc);
  },

  ftruncate: ({ native, open }, is) => {
    const file = open('file', 'r+');
    const rows: [length: number | bigint, expected: number, size: number][] = [
      [3, 0, 3],
      [5n, 0, 5],
      [2 ** 32 + 1, 0, 2 ** 32 + 1],
      [-1, -EINVAL, 2 ** 32 + 1],
      [2 ** 53 - 1, -EFBIG, 2 ** 32 + 1],
      [2n ** 53n + 1n, -EFBIG, 2 ** 32 + 1],
      [2n ** 63n - 1n, -EFBIG, 2 ** 32 + 1],
      [2n ** 63n, -EINVAL, 2 ** 32 + 1],
      [0, 0, 0],
    ];
    for (const [length, expected, size] of rows) {
      is(native.ftruncate(file, length), expected, String(length));
      is(fstatSync(file).size, size, `the size after ${length}`);
    }
    is(native.ftruncate(open('file', 'r'), 0), -EINVAL, 'a handle for reading');
  },

  fallocate: ({ native, open }, is) => {
    const file = open('file', 'r+');
    is([native.fallocate(file, 0, 0, 10_000n), fstatSync(file).size], [0, 10_000], 'a new size');
    is([native.fallocate(file, FALLOC_FL_KEEP_SIZE, 0n, 20_000), fstatSync(file).size], [0, 10_000], 'the old size');
    is(native.fallocate(file, 0, 0, 0), -EINVAL, 'nothing');
    is(native.fallocate(file, 0, -1, 10), -EINVAL, 'a negative offset');
    is(native.fallocate(file, 0, 2n ** 62n, 2n ** 62n), -EFBIG, 'an end beyond 64 bits');
    is(native.fallocate(file, 1 << 20, 0, 10), -EOPNOTSUPP, 'a mode that does not exist');
    is(native.fallocate(open('file', 'r'), 0, 0, 10), -EBADF, 'a handle for reading');
  },

  copy_file_range: ({ native, open, path }, is) => {
    const [from, to] = [open('file', 'r'), open('copy', 'w+')];
    is(native.copy_file_range(from, 3, to, 1n, 100), 4, 'up to the end of the source');
    is(readFileSync(join(path, 'copy'), 'latin1'), '\0tent', 'what was copied');
    is(native.copy_file_range(from, 7, to, 0, 1), 0, 'at the end');
    is(native.copy_file_range(to, 0, from, 0, 1), -EBADF, 'to a handle for reading');
    is([native.lseek(from, 0, SEEK_CUR), native.lseek(to, 0, SEEK_CUR)], [0, 0], 'the handles have not moved');
  },

  flock: ({ native, open }, is) => {
    const [one, other] = [open('file', 'r'), open('file', 'r')];
    is(native.flock(one, LOCK_EX | LOCK_NB), 0, 'a free lock');
    is(native.flock(other, LOCK_EX | LOCK_NB), -EAGAIN, 'a lock that is held');
    is([native.flock(one, LOCK_UN), native.flock(other, LOCK_EX | LOCK_NB)], [0, 0], 'a lock that was given back');
    is(native.flock(noFd, LOCK_EX), -EBADF, 'no descriptor');
  },

  clock_gettime: ({ native }, is) => {
    const out = Buffer.alloc(16);
    const before = Date.now();
    is(native.clock_gettime(CLOCK_REALTIME, out), 0, 'the wall clock');
    const milliseconds = Number(out.readBigInt64LE(0)) * 1000 + Math.floor(Number(out.readBigInt64LE(8)) / 1e6);
    // The kernel's clock and Node's are read apart; a minute would mean a wrong unit.
    is(Math.abs(milliseconds - before) < 60_000, true, `${milliseconds} is about ${before}`);
    is(native.clock_gettime(9999, out), -EINVAL, 'no clock');
  },
} as const satisfies Partial<Record<keyof Native, Check>>;
