import {
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  cstr,
  errnoName,
  native,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFCHR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
  statAt,
  UTIME_NOW,
  UTIME_OMIT,
} from '../../../src/syscalls/index.js';
import type { Command, NameOperation, Place } from './command.js';
import { describeStat, sortedNames, sortedXattrs } from './tree.js';

/** The choice that a number means. */
export function pick<T>(choices: readonly T[], n: number): T {
  return choices[n % choices.length] as T;
}

const MODES = [0o644, 0o600, 0o755, 0o4755, 0o2755, 0o1777, 0o000, 0o666];
const OWNERS = [0, 1, 41_001, 0xffffffff];
const TYPES = [S_IFIFO, S_IFIFO, S_IFREG, S_IFSOCK, S_IFCHR];
/** None leads upwards: what is done to the folders above is nobody's business. */
const TARGETS = ['a', 'b', 'c/b', 'a/b', '.', 'nowhere', 'x'.repeat(300), '\xff'];
const XATTRS = ['user.a', 'user.b', 'trusted.t', 'user.', 'nonsense', 'user.\xff'];
/** Two of the longest do not fit beside each other; with a mark no other sum gets across the line. */
const VALUE_BYTES = [0, 5, 100, 2500];
const OPENS = [
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  O_RDWR | O_TRUNC,
  O_WRONLY | O_APPEND,
  O_RDONLY | O_DIRECTORY,
  O_RDONLY | O_NOFOLLOW,
];
const CREATES = [0, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW];

/** Two struct timespec; all lie long before the tests run. */
export function timesOf(n: number, m: number): Buffer {
  const times = Buffer.alloc(32);
  const put = (at: number, choice: number) => {
    times.writeBigInt64LE(BigInt(pick([1, 500_000_000, 999_999_999, -5], choice)), at);
    times.writeBigInt64LE(BigInt(pick([0, 1, 999_999_999, UTIME_OMIT, UTIME_NOW, 123_456_789], choice)), at + 8);
  };
  put(0, n);
  put(16, m);
  return times;
}

/** struct posix_acl_xattr_header { version 2 }, and entries { tag, perm, id }. */
function acl(group: number, mask: number): Buffer {
  const everybody = 0xffffffff;
  const entries: [tag: number, perm: number, id: number][] = [
    [1, 6, everybody],
    [2, 7, 41_001],
    [4, group, everybody],
    [16, mask, everybody],
    [32, 0, everybody],
  ];
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2);
  for (const [index, [tag, perm, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8);
    bytes.writeUInt16LE(perm, 6 + index * 8);
    bytes.writeUInt32LE(id, 8 + index * 8);
  }
  return bytes;
}

/** A mode for what may be a file. */
export function modeOf({ abilities }: Place, m: number): number {
  return pick(MODES, m) & (abilities.setIds ? 0o7777 : 0o1777);
}

/** A target or an xattr's name, with its NUL. */
function bytesOf({ abilities }: Place, choices: readonly string[], n: number): Buffer {
  return cstr(Buffer.from(pick(choices, n), abilities.anyBytes ? 'latin1' : 'utf8'));
}

type Run = (place: Place, path: Buffer, command: Command) => number | string;

/** Keeps what was opened in the command's slot, and closes what was there. */
function keep({ handles }: Place, slot: number, fd: number): number {
  if (fd < 0) return fd;
  const before = handles[slot];
  if (before !== undefined) native.close(before);
  handles[slot] = fd;
  return 0;
}

/** Names and paths carry their NUL. Fifos are opened without waiting for their other end. */
const runs: Record<NameOperation, Run> = {
  create: (place, path, { slot, n, m }) =>
    keep(
      place,
      slot,
      native.openat(AT_FDCWD, path, O_CREAT | O_RDWR | O_NONBLOCK | pick(CREATES, n), modeOf(place, m)),
    ),
  open: (place, path, { slot, n }) => keep(place, slot, native.openat(AT_FDCWD, path, pick(OPENS, n) | O_NONBLOCK, 0)),
  mkdir: (_, path, { m }) => native.mkdirat(AT_FDCWD, path, pick(MODES, m)),
  rmdir: (_, path) => native.unlinkat(AT_FDCWD, path, AT_REMOVEDIR),
  unlink: (_, path) => native.unlinkat(AT_FDCWD, path, 0),
  rename: ({ path: to, abilities }, path, { other, n }) => {
    const flags = abilities.renameFlags ? pick([0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE, 3], n) : 0;
    return native.renameat2(AT_FDCWD, path, AT_FDCWD, cstr(to(other)), flags);
  },
  link: ({ path: to }, path, { other, n }) =>
    native.linkat(AT_FDCWD, path, AT_FDCWD, cstr(to(other)), pick([0, AT_SYMLINK_FOLLOW], n)),
  symlink: (place, path, { n }) => native.symlinkat(bytesOf(place, TARGETS, n), AT_FDCWD, path),
  mknod: (place, path, { n, m }) => native.mknodat(AT_FDCWD, path, pick(TYPES, n) | modeOf(place, m), 1, 3),
  chmod: (place, path, { m }) => native.fchmodat(AT_FDCWD, path, modeOf(place, m)),
  chown: (_, path, { n, m }) =>
    native.fchownat(AT_FDCWD, path, pick(OWNERS, n), pick(OWNERS, m), pick([0, AT_SYMLINK_NOFOLLOW], n + m)),
  utimens: (_, path, { n, m }) =>
    native.utimensat(AT_FDCWD, path, timesOf(n, m), pick([0, AT_SYMLINK_NOFOLLOW], n + m)),
  setxattr: (place, path, { n, m }) =>
    native.lsetxattr(
      path,
      bytesOf(place, XATTRS, n),
      Buffer.alloc(pick(VALUE_BYTES, m), m),
      pick([0, 0, 1, 2], m >> 2),
    ),
  getxattr: (place, path, { n, m }) => {
    const value = Buffer.alloc(pick([0, 4, 4096], m));
    const length = native.lgetxattr(path, bytesOf(place, XATTRS, n), value);
    return length < 0 || m % 3 === 0 ? length : value.toString('hex', 0, length);
  },
  removexattr: (place, path, { n }) => native.lremovexattr(path, bytesOf(place, XATTRS, n)),
  listxattr: (_, path) => sortedXattrs(path.subarray(0, -1)).join(' '),
  setacl: (_, path, { n, m }) =>
    native.lsetxattr(
      path,
      cstr(pick(['system.posix_acl_access', 'system.posix_acl_default'], n)),
      acl(m % 8, n % 8),
      0,
    ),
  readdir: (_, path) =>
    named(() =>
      sortedNames(path.subarray(0, -1))
        .map((name) => name.toString('latin1'))
        .join(' '),
    ),
  stat: ({ abilities }, path, { n }) => {
    const stat = statAt(AT_FDCWD, path, pick([0, AT_SYMLINK_NOFOLLOW], n));
    return typeof stat === 'number' ? stat : describeStat(stat, abilities.blind);
  },
  readlink: (_, path, { m }) => {
    const target = Buffer.alloc(pick([1, 5, 4096], m));
    const length = native.readlinkat(AT_FDCWD, path, target);
    return length < 0 ? length : target.toString('latin1', 0, length);
  },
};

/** The code of the error that Node throws. */
function named(action: () => string): string {
  try {
    return action();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? errnoName(0);
  }
}

export function onName(place: Place, op: NameOperation, command: Command): number | string {
  return runs[op](place, cstr(place.path(command.path)), command);
}
