import { closeSync, existsSync, fstatSync, readdirSync, readFileSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  cstr,
  emptyName,
  fdPath,
  native,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
} from '../../../src/syscalls/index.js';
import { type PosixCases, resultOf } from './case.js';

/** Makes a file without a name, runs, closes. */
function withUnnamed(dir: string, flags: number, use: (fd: number) => void): void {
  const fd = native.openat(AT_FDCWD, cstr(dir), O_TMPFILE | O_RDWR | flags, 0o640);
  if (fd < 0) throw new Error(`O_TMPFILE: ${resultOf(fd)}`);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

const give = (fd: number, path: string) =>
  resultOf(native.linkat(AT_FDCWD, fdPath(fd), AT_FDCWD, cstr(path), AT_SYMLINK_FOLLOW));

/** Files that are made without a name (O_TMPFILE), and may get one. */
export const unnamedCases: PosixCases = {
  'a file without a name is in no directory': (t, dir) => {
    withUnnamed(dir, 0, (fd) => {
      writeSync(fd, 'content');
      const { nlink, size, mode } = fstatSync(fd);
      t.deepEqual([nlink, size, mode], [0, 7, 0o100640]);
      t.deepEqual(readdirSync(dir), []);
      const read = Buffer.alloc(7);
      readSync(fd, read, 0, 7, 0);
      t.is(read.toString('latin1'), 'content');
    });
  },

  'a file without a name gets one, and more': (t, dir) => {
    const [first, second] = [join(dir, 'first'), join(dir, 'second')];
    withUnnamed(dir, 0, (fd) => {
      writeSync(fd, 'content');
      t.is(give(fd, first), 0);
      t.is(fstatSync(fd).nlink, 1);
      writeSync(fd, ' and more');
      t.is(resultOf(native.linkat(fd, emptyName, AT_FDCWD, cstr(second), AT_EMPTY_PATH)), 0);
      t.is(fstatSync(fd).nlink, 2);
      unlinkSync(first);
      t.is(fstatSync(fd).nlink, 1);
      t.is(give(fd, first), 0);
      unlinkSync(first);
      t.deepEqual(readdirSync(dir), ['second']);
    });
    t.is(readFileSync(second, 'latin1'), 'content and more');
  },

  'a file without a name that lost the one it got gets none again': (t, dir) => {
    withUnnamed(dir, 0, (fd) => {
      t.is(give(fd, join(dir, 'file')), 0);
      unlinkSync(join(dir, 'file'));
      t.is(fstatSync(fd).nlink, 0);
      t.is(give(fd, join(dir, 'file')), 'ENOENT');
    });
    t.deepEqual(readdirSync(dir), []);
  },

  'a file without a name that was made with O_EXCL gets none': (t, dir) => {
    withUnnamed(dir, O_EXCL, (fd) => {
      t.is(give(fd, join(dir, 'file')), 'ENOENT');
      t.false(existsSync(join(dir, 'file')));
    });
  },

  'a file without a name wants to be written': (t, dir) => {
    t.is(resultOf(native.openat(AT_FDCWD, cstr(dir), O_TMPFILE | O_RDONLY, 0o640)), 'EINVAL');
  },
};
