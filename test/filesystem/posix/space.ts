import { fstatSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { native, SEEK_SET } from '../../../src/syscalls/index.js';
import { type PosixCases, resultOf } from './case.js';
import { withFile } from './files.js';

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const FALLOC_FL_ZERO_RANGE = 16;
const KIB = 1024;

/** Size in bytes and space in KiB. */
function extent(fd: number): [size: number, kib: number] {
  const { size, blocks } = fstatSync(fd);
  return [size, blocks / 2];
}

/** Holes, reserved space and large offsets. */
export const spaceCases: PosixCases = {
  'a hole takes no space and is found': (t, dir) => {
    withFile(join(dir, 'file'), 'w+', (fd) => {
      writeSync(fd, Buffer.alloc(64 * KIB, 'a'), 0, 64 * KIB, 0);
      writeSync(fd, Buffer.alloc(64 * KIB, 'b'), 0, 64 * KIB, 1024 * KIB);
      t.deepEqual(extent(fd), [1088 * KIB, 128]);
      const seek = (offset: number, whence: number) => resultOf(native.lseek(fd, offset, whence));
      t.deepEqual(
        [seek(0, SEEK_DATA), seek(0, SEEK_HOLE), seek(64 * KIB, SEEK_DATA), seek(1024 * KIB, SEEK_HOLE)],
        [0, 64 * KIB, 1024 * KIB, 1088 * KIB],
      );
      t.is(seek(1088 * KIB, SEEK_DATA), 'ENXIO');
      t.is(seek(2048 * KIB, SEEK_HOLE), 'ENXIO');
    });
  },

  'offsets beyond 4 GiB are not cut': (t, dir) => {
    const path = join(dir, 'file');
    const far = 5 * KIB ** 3 + 1;
    withFile(path, 'w+', (fd) => {
      writeSync(fd, 'far', far);
      t.is(fstatSync(fd).size, far + 3);
      const content = Buffer.alloc(8);
      t.is(native.pread(fd, content, far), 3);
      t.is(content.toString('latin1', 0, 3), 'far');
      t.is(native.pread(fd, content, far - 2 ** 32), 8);
      t.true(content.equals(Buffer.alloc(8)));
      t.is(resultOf(native.ftruncate(fd, 2 ** 32 + 7)), 0);
    });
    t.is(statSync(path).size, 2 ** 32 + 7);
  },

  'fallocate reserves space, with and without a new size': (t, dir) => {
    withFile(join(dir, 'file'), 'w+', (fd) => {
      t.is(native.fallocate(fd, 0, 0, 64 * KIB), 0);
      t.deepEqual(extent(fd), [64 * KIB, 64]);
      t.is(native.fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 128 * KIB), 0);
      t.deepEqual(extent(fd), [64 * KIB, 128]);
    });
  },

  'fallocate punches holes and zeroes ranges': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, Buffer.alloc(64 * KIB, 'x'));
    withFile(path, 'r+', (fd) => {
      t.is(native.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 16 * KIB, 32 * KIB), 0);
      t.deepEqual(extent(fd), [64 * KIB, 32]);
      t.is(native.fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 100), 0);
      t.is(resultOf(native.fallocate(fd, 0, 0, 0)), 'EINVAL');
    });
    const expected = Buffer.alloc(64 * KIB, 'x')
      .fill(0, 0, 100)
      .fill(0, 16 * KIB, 48 * KIB);
    t.true(readFileSync(path).equals(expected));
    withFile(path, 'r', (fd) => t.is(resultOf(native.fallocate(fd, 0, 0, 4096)), 'EBADF'));
  },

  'copy_file_range copies between files at any offset': (t, dir) => {
    const [from, to] = [join(dir, 'from'), join(dir, 'to')];
    writeFileSync(from, '0123456789');
    writeFileSync(to, 'abcdefghij');
    withFile(from, 'r', (source) =>
      withFile(to, 'r+', (target) => {
        t.is(native.copy_file_range(source, 2, target, 8, 4), 4);
        t.is(native.copy_file_range(source, 8, target, 0, 100), 2);
        t.is(native.copy_file_range(source, 10, target, 0, 100), 0);
        t.is(resultOf(native.copy_file_range(target, 0, source, 0, 1)), 'EBADF');
      }),
    );
    t.is(readFileSync(to, 'latin1'), '89cdefgh2345');
  },

  'seeking does not move what is written where': (t, dir) => {
    withFile(join(dir, 'file'), 'w+', (fd) => {
      writeSync(fd, 'abcdef');
      t.is(native.lseek(fd, 2, SEEK_SET), 2);
      writeSync(fd, 'XY');
      t.is(native.lseek(fd, 100, SEEK_SET), 100);
      t.is(resultOf(native.lseek(fd, -1, SEEK_SET)), 'EINVAL');
    });
    t.is(readFileSync(join(dir, 'file'), 'latin1'), 'abXYef');
  },
};
