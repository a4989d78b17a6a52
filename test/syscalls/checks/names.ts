import { constants, existsSync, fstatSync, lstatSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  cstr,
  dirent64,
  EBADF,
  EEXIST,
  EINVAL,
  EISDIR,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  emptyName,
  fdPath,
  type Native,
  O_PATH,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFCHR,
  S_IFIFO,
  SEEK_SET,
  STATX_BASIC_STATS,
  UTIME_NOW,
  UTIME_OMIT,
} from '../../../src/syscalls/index.js';
import { type Check, isRoot, noFd } from './check.js';

const { O_NOFOLLOW, O_RDONLY } = constants;
const long = cstr('x'.repeat(256));

/** Two struct timespec. */
function times(...words: [atime: bigint, atimeNs: number, mtime: bigint, mtimeNs: number]): Buffer {
  const bytes = Buffer.alloc(32);
  for (const [index, word] of words.entries()) bytes.writeBigInt64LE(BigInt(word), index * 8);
  return bytes;
}

/** Directories, names and attributes. */
export const nameChecks = {
  getdents64: ({ native, fd, open }, is) => {
    const buffer = Buffer.alloc(4096);
    const filled = native.getdents64(fd, buffer);
    const names: string[] = [];
    for (let at = 0; at < filled; at += buffer.readUInt16LE(at + dirent64.length)) {
      const start = at + dirent64.name;
      names.push(buffer.toString('latin1', start, buffer.indexOf(0, start)));
    }
    is(names.sort(), ['.', '..', 'file', 'link', 'sub'], 'all names');
    is(native.getdents64(fd, buffer), 0, 'the end');
    native.lseek(fd, 0, SEEK_SET);
    is(native.getdents64(fd, Buffer.alloc(8)), -EINVAL, 'a buffer too short for any entry');
    is(native.getdents64(open('file', 'r'), buffer), -ENOTDIR, 'a file');
  },

  statx: ({ native, fd, at }, is) => {
    const out = Buffer.alloc(256);
    const mode = (directory: number, name: Buffer, flags: number) => {
      const result = native.statx(directory, name, flags, STATX_BASIC_STATS, out);
      return result < 0 ? result : out.readUInt16LE(28);
    };
    is(mode(fd, cstr('file'), 0), 0o100644, 'a file');
    is(mode(fd, cstr('link'), 0), 0o100644, 'through a symlink');
    is(mode(fd, cstr('link'), AT_SYMLINK_NOFOLLOW), 0o120777, 'a symlink');
    is(mode(fd, emptyName, AT_EMPTY_PATH) & 0o170000, 0o040000, 'the descriptor itself');
    is(mode(AT_FDCWD, at('file'), 0), 0o100644, 'an absolute path');
    is(mode(fd, emptyName, 0), -ENOENT, 'the empty name');
    is(mode(fd, cstr('missing'), 0), -ENOENT, 'nothing');
    is(mode(fd, cstr('file/below'), 0), -ENOTDIR, 'below a file');
    is(mode(fd, long, 0), -ENAMETOOLONG, 'a name of 256 bytes');
    is(mode(noFd, cstr('file'), 0), -EBADF, 'no descriptor');
  },

  fstatfs: ({ native, fd, path }, is) => {
    const out = Buffer.alloc(120);
    const { type, bsize, blocks } = statfsSync(path, { bigint: true });
    is(native.fstatfs(fd, out), 0, 'a directory');
    is([out.readBigInt64LE(0), out.readBigInt64LE(8), out.readBigInt64LE(16)], [type, bsize, blocks], 'its figures');
    is(native.fstatfs(noFd, out), -EBADF, 'no descriptor');
  },

  mkdirat: ({ native, fd, path }, is) => {
    is(native.mkdirat(fd, cstr('new'), 0o700), 0, 'a new name');
    is(statSync(join(path, 'new')).mode, 0o40700, 'its mode');
    is(native.mkdirat(fd, cstr('file'), 0o700), -EEXIST, 'a name that is taken');
    is(native.mkdirat(fd, cstr('missing/new'), 0o700), -ENOENT, 'below nothing');
    is(native.mkdirat(fd, long, 0o700), -ENAMETOOLONG, 'a name of 256 bytes');
  },

  mknodat: ({ native, fd, path }, is) => {
    is(native.mknodat(fd, cstr('fifo'), S_IFIFO | 0o600, 0, 0), 0, 'a fifo');
    is(lstatSync(join(path, 'fifo')).mode, S_IFIFO | 0o600, 'its mode');
    is(native.mknodat(fd, cstr('file'), S_IFIFO, 0, 0), -EEXIST, 'a name that is taken');
    is(native.mknodat(fd, cstr('device'), S_IFCHR | 0o600, 300, 0x12345), isRoot ? 0 : -EPERM, 'a device');
    // makedev(3): the low 8 bits of minor, 12 of major, then the rest of minor.
    if (isRoot) is(lstatSync(join(path, 'device')).rdev, 0x12312c45, 'its number');
  },

  symlinkat: ({ native, fd, path }, is) => {
    is(native.symlinkat(cstr('any\ntarget'), fd, cstr('new')), 0, 'a new name');
    is(readlinkSync(join(path, 'new')), 'any\ntarget', 'its target');
    is(native.symlinkat(cstr('x'), fd, cstr('file')), -EEXIST, 'a name that is taken');
    is(native.symlinkat(emptyName, fd, cstr('empty')), -ENOENT, 'an empty target');
    is(native.symlinkat(cstr('x'.repeat(4096)), fd, cstr('much')), -ENAMETOOLONG, 'a target of 4096 bytes');
  },

  readlinkat: ({ native, fd }, is) => {
    const buffer = Buffer.alloc(100, '.');
    is([native.readlinkat(fd, cstr('link'), buffer), buffer.toString('latin1', 0, 5)], [4, 'file.'], 'a symlink');
    is(native.readlinkat(fd, cstr('link'), Buffer.alloc(2)), 2, 'a short buffer cuts it');
    is(native.readlinkat(fd, cstr('link'), Buffer.alloc(0)), -EINVAL, 'an empty buffer');
    is(native.readlinkat(fd, cstr('file'), buffer), -EINVAL, 'a file');
    const link = native.openat(fd, cstr('link'), O_PATH | O_NOFOLLOW, 0);
    is(native.readlinkat(link, emptyName, buffer), 4, 'the descriptor itself');
    native.close(link);
  },

  linkat: ({ native, fd, path }, is) => {
    is(native.linkat(fd, cstr('file'), fd, cstr('twin'), 0), 0, 'a file');
    is(statSync(join(path, 'twin')).ino, statSync(join(path, 'file')).ino, 'is the same');
    is(native.linkat(fd, cstr('link'), fd, cstr('of link'), 0), 0, 'a symlink itself');
    is(lstatSync(join(path, 'of link')).isSymbolicLink(), true, 'is one');
    const file = native.openat(fd, cstr('file'), O_PATH, 0);
    is(native.linkat(AT_FDCWD, fdPath(file), fd, cstr('third'), AT_SYMLINK_FOLLOW), 0, 'by descriptor');
    native.close(file);
    is(statSync(join(path, 'file')).nlink, 3, 'how many there are');
    is(native.linkat(fd, cstr('file'), fd, cstr('sub'), 0), -EEXIST, 'a name that is taken');
    is(native.linkat(fd, cstr('sub'), fd, cstr('new'), 0), -EPERM, 'a directory');
    is(native.linkat(fd, cstr('missing'), fd, cstr('new'), 0), -ENOENT, 'nothing');
  },

  unlinkat: ({ native, fd, path }, is) => {
    const rows: [name: string, flags: number, expected: number][] = [
      ['sub', 0, -EISDIR],
      ['sub', AT_REMOVEDIR, -ENOTEMPTY],
      ['file', AT_REMOVEDIR, -ENOTDIR],
      ['missing', 0, -ENOENT],
      ['sub/inner', 0, 0],
      ['sub', AT_REMOVEDIR, 0],
      ['link', 0, 0],
      ['file', 1, -EINVAL],
      ['file', 0, 0],
    ];
    for (const [name, flags, expected] of rows)
      is(native.unlinkat(fd, cstr(name), flags), expected, `${name} ${flags}`);
    is(existsSync(join(path, 'file')), false, 'it is gone');
  },

  renameat2: ({ native, fd, path }, is) => {
    const rename = (from: string, to: string, flags: number) => native.renameat2(fd, cstr(from), fd, cstr(to), flags);
    is(rename('file', 'sub/inner', RENAME_NOREPLACE), -EEXIST, 'RENAME_NOREPLACE over a file');
    is(rename('file', 'sub/inner', RENAME_EXCHANGE), 0, 'RENAME_EXCHANGE');
    is(readFileSync(join(path, 'sub/inner'), 'latin1'), 'content', 'what changed places');
    is(rename('sub', 'sub/below', 0), -EINVAL, 'below itself');
    is(rename('missing', 'new', 0), -ENOENT, 'nothing');
    is(rename('file', 'new', 1 << 30), -EINVAL, 'a flag that does not exist');
    is([rename('file', 'new', 0), existsSync(join(path, 'file'))], [0, false], 'a new name');
  },

  fchmod: ({ native, open }, is) => {
    const file = open('file', 'r');
    is([native.fchmod(file, 0o4711), fstatSync(file).mode & 0o7777], [0, 0o4711], 'a file');
    is(native.fchmod(noFd, 0o600), -EBADF, 'no descriptor');
  },

  fchmodat: ({ native, fd, path }, is) => {
    is(native.fchmodat(fd, cstr('file'), 0o4711), 0, 'a file');
    is(statSync(join(path, 'file')).mode, 0o104711, 'its mode');
    is(
      [native.fchmodat(fd, cstr('link'), 0o600), statSync(join(path, 'file')).mode],
      [0, 0o100600],
      'follows symlinks',
    );
    is(native.fchmodat(fd, cstr('missing'), 0o600), -ENOENT, 'nothing');
    const file = native.openat(fd, cstr('file'), O_PATH, 0);
    is(
      [native.fchmodat(AT_FDCWD, fdPath(file), 0o644), statSync(join(path, 'file')).mode],
      [0, 0o100644],
      'by descriptor',
    );
    native.close(file);
  },

  fchownat: ({ native, fd, path }, is) => {
    const same = 0xffffffff;
    is(native.fchownat(fd, cstr('file'), same, same, 0), 0, 'nothing to change');
    is(native.fchownat(fd, cstr('missing'), same, same, 0), -ENOENT, 'nothing there');
    is(native.fchownat(fd, cstr('file'), 4_000_000_000, 7, 0), isRoot ? 0 : -EPERM, 'ids above 31 bits');
    if (!isRoot) return;
    const owner = (name: string) => [lstatSync(join(path, name)).uid, lstatSync(join(path, name)).gid];
    is(owner('file'), [4_000_000_000, 7], 'the owner');
    is(
      [native.fchownat(fd, cstr('link'), 5, same, AT_SYMLINK_NOFOLLOW), owner('link'), owner('file')[0]],
      [0, [5, 0], 4_000_000_000],
      'a symlink',
    );
    const file = native.openat(fd, cstr('file'), O_PATH, 0);
    is([native.fchownat(file, emptyName, 0, 0, AT_EMPTY_PATH), owner('file')], [0, [0, 0]], 'the descriptor itself');
    native.close(file);
  },

  utimensat: ({ native, fd, path }, is) => {
    const found = (name: string) => {
      const { atimeNs, mtimeNs } = lstatSync(join(path, name), { bigint: true });
      return [atimeNs, mtimeNs];
    };
    is(native.utimensat(fd, cstr('file'), times(1n, 2, 3n, 4), 0), 0, 'a file');
    is(found('file'), [1_000_000_002n, 3_000_000_004n], 'its times');
    is(native.utimensat(fd, cstr('file'), times(0n, UTIME_OMIT, -1n, 0), 0), 0, 'UTIME_OMIT, and before 1970');
    is(found('file'), [1_000_000_002n, -1_000_000_000n], 'its times');
    is(native.utimensat(fd, cstr('link'), times(5n, 0, 6n, 0), AT_SYMLINK_NOFOLLOW), 0, 'a symlink');
    is([found('link'), found('file')[0]], [[5_000_000_000n, 6_000_000_000n], 1_000_000_002n], 'its times');
    is(native.utimensat(fd, cstr('file'), null, 0), 0, 'null');
    is((found('file')[1] ?? 0n) > 10n ** 18n, true, 'is now');
    is(
      native.utimensat(fd, cstr('file'), times(0n, UTIME_NOW, 0n, 1_000_000_000), 0),
      -EINVAL,
      'a second of nanoseconds',
    );
    is(native.utimensat(fd, cstr('missing'), null, 0), -ENOENT, 'nothing');
    const file = native.openat(fd, cstr('file'), O_RDONLY, 0);
    is(native.utimensat(file, emptyName, times(7n, 0, 8n, 0), AT_EMPTY_PATH), 0, 'the descriptor itself');
    is(found('file'), [7_000_000_000n, 8_000_000_000n], 'its times');
    native.close(file);
  },
} as const satisfies Partial<Record<keyof Native, Check>>;
