import { closeSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cstr, type Native } from '../../../src/syscalls/index.js';
import type { Is, Place } from './check.js';

/** The kinds of arguments. A number is the least length of a buffer that holds a structure. */
type Kind = 'int' | 'long' | 'name' | 'bytes' | 'structure or null' | number;
type Argument = readonly [Kind, unknown];

type Call = (...values: unknown[]) => unknown;

/** What no argument of a kind may be. */
function wrongValues(kind: Kind): readonly unknown[] {
  const never = [undefined, 'text', {}, [], true, Symbol('x'), () => 0];
  switch (kind) {
    case 'int':
      return [...never, null, 1n, Buffer.alloc(8)];
    case 'long':
      return [...never, null, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53), 2n ** 64n, -(2n ** 64n)];
    case 'name':
      return [
        ...never,
        null,
        1,
        Buffer.from('no end'),
        Buffer.alloc(0),
        Buffer.from('two\0ends\0'),
        Buffer.from('\0\0'),
        new DataView(new ArrayBuffer(1)),
      ];
    case 'bytes':
      return [...never, null, 1, new ArrayBuffer(8), new DataView(new ArrayBuffer(8))];
    case 'structure or null':
      return [...never, 1, Buffer.alloc(31), Buffer.alloc(0)];
    default:
      return [...never, null, 1, Buffer.alloc(kind - 1), new ArrayBuffer(kind)];
  }
}

/**
 * A call of every function that would change what `traces` looks at (the folder, the position of `fd`, the thread), so that one which was made in spite of a
 * wrong argument shows.
 */
function calls(place: Place): Readonly<Record<keyof Native, readonly Argument[]>> {
  const { open, fd, at } = place;
  const file = open('file', 'r+');
  const [dir, int, here] = [['int', fd] as const, ['int', 0] as const, ['int', file] as const];
  const name = (text: string): Argument => ['name', cstr(text)];
  const path: Argument = ['name', at('file')];
  const xattr = name('user.note');
  const bytes: Argument = ['bytes', Buffer.from('xyz')];
  const offset: Argument = ['long', 1];
  return {
    openat: [dir, name('new'), ['int', 0o101], ['int', 0o600]],
    close: [here],
    read: [here, bytes],
    write: [here, [3, Buffer.from('xyz')], ['int', 3]],
    pread: [here, bytes, offset],
    pwrite: [here, bytes, offset],
    lseek: [here, offset, int],
    fsync: [here],
    fdatasync: [here],
    syncfs: [['int', 1_000_000]],
    ftruncate: [here, offset],
    fallocate: [here, int, ['long', 0], ['long', 100_000]],
    copy_file_range: [here, ['long', 0], here, ['long', 100], ['long', 7]],
    flock: [here, ['int', 2]],
    getdents64: [dir, bytes],
    statx: [dir, name('file'), int, int, [256, Buffer.alloc(256)]],
    fstatfs: [dir, [120, Buffer.alloc(120)]],
    mkdirat: [dir, name('new'), int],
    mknodat: [dir, name('new'), ['int', 0o10600], int, int],
    symlinkat: [name('x'), dir, name('new')],
    readlinkat: [dir, name('link'), bytes],
    linkat: [dir, name('file'), dir, name('new'), int],
    unlinkat: [dir, name('file'), int],
    renameat2: [dir, name('file'), dir, name('new'), int],
    fchmod: [here, ['int', 0o7777]],
    fchmodat: [dir, name('file'), ['int', 0o7777]],
    fchownat: [dir, name('file'), ['int', 5], ['int', 6], int],
    utimensat: [dir, name('file'), ['structure or null', Buffer.alloc(32)], int],
    getxattr: [path, xattr, bytes],
    lgetxattr: [path, xattr, bytes],
    setxattr: [path, xattr, bytes, int],
    lsetxattr: [path, xattr, bytes, int],
    fsetxattr: [int, xattr, bytes, int],
    listxattr: [path, bytes],
    llistxattr: [path, bytes],
    flistxattr: [here, bytes],
    removexattr: [path, xattr],
    lremovexattr: [path, xattr],
    ...callsOnOthers(place),
  };
}

/** The same for functions that are not about files. */
function callsOnOthers({ open, fd, at }: Place) {
  const [dir, int, here] = [['int', fd] as const, ['int', 0] as const, ['int', open('file', 'r+')] as const];
  const name = (text: string): Argument => ['name', cstr(text)];
  return {
    mount: [name('none'), ['name', at('sub')], name('tmpfs'), int, name('')],
    umount2: [['name', at('sub')], int],
    open_tree: [dir, name('sub'), int],
    mount_setattr: [dir, name(''), ['int', 0x1000], [32, Buffer.alloc(32)]],
    ioctl: [here, ['int', 0x4010e501], [16, Buffer.alloc(16)]],
    poll: [here, int, int],
    socketpair: [[8, Buffer.alloc(8)]],
    recvmsg_fd: [int, [4, Buffer.alloc(4)]],
    setfsuid: [['int', 5]],
    setfsgid: [['int', 5]],
    setgroups: [['bytes', Buffer.from([5, 0, 0, 0])]],
    capget: [[24, Buffer.alloc(24)]],
    capset: [[24, Buffer.alloc(24)]],
    prctl: [['int', 15], int],
    unshare: [int],
    umask: [['int', 0o777]],
    clock_gettime: [int, [16, Buffer.alloc(16)]],
    io_uring_setup: [
      ['int', 1],
      [120, Buffer.alloc(120)],
    ],
    io_uring_enter: [['int', 1_000_000], int, int, int],
    mmap: [
      ['int', 4096],
      ['int', 3],
      ['int', 0x22],
      ['int', -1],
      ['long', 0],
      [8, Buffer.alloc(8)],
    ],
    sched_setaffinity: [['bytes', Buffer.of(1)]],
  } as const satisfies Partial<Record<keyof Native, readonly Argument[]>>;
}

/** What a call of the table would change. */
function traces(path: string): unknown {
  // A descriptor that a call left open or closed would move this number.
  const next = openSync('/dev/null', 'r');
  closeSync(next);
  const names = readdirSync(path).sort();
  const stats = names.map((name) => {
    const { mode, uid, gid, size, mtimeNs, ctimeNs, dev } = lstatSync(join(path, name), { bigint: true });
    return [name, mode, uid, gid, size, mtimeNs, ctimeNs, dev].join(' ');
  });
  return [next, process.umask(), process.getgroups?.(), ...stats];
}

function thrownBy(action: () => unknown): unknown {
  try {
    return `returned ${String(action())}`;
  } catch (error) {
    return error instanceof TypeError ? 'TypeError' : error;
  }
}

const show = (value: unknown) =>
  typeof value === 'object' ? JSON.stringify(value) : `${typeof value} ${String(value)}`;

/** Calls a function with each of its arguments wrong in each way, and with too few: a TypeError, and nothing is changed. */
export function checkArguments(place: Place, name: keyof Native, is: Is): void {
  const call = place.native[name] as Call;
  const given = calls(place)[name];
  const values = given.map(([, value]) => value);
  const before = traces(place.path);
  for (let count = 0; count < given.length; count++)
    is(
      thrownBy(() => call(...values.slice(0, count))),
      'TypeError',
      `${count} arguments`,
    );
  for (const [index, [kind]] of given.entries())
    for (const wrong of wrongValues(kind))
      is(
        thrownBy(() => call(...values.with(index, wrong))),
        'TypeError',
        `argument ${index}: ${show(wrong)}`,
      );
  is(traces(place.path), before, 'nothing has changed');
}

/** Numbers that are no int: as descriptors, the nearest int might be somebody's. */
const NO_INTS = [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, -(2 ** 31) - 1, 2 ** 53];

/** The same for numbers that are no 32-bit integers. */
export function checkIntegers(place: Place, name: keyof Native, is: Is): void {
  const call = place.native[name] as Call;
  const given = calls(place)[name];
  const values = given.map(([, value]) => value);
  const before = traces(place.path);
  for (const [index, [kind]] of given.entries()) {
    if (kind !== 'int') continue;
    for (const wrong of NO_INTS)
      is(
        thrownBy(() => call(...values.with(index, wrong))),
        'TypeError',
        `argument ${index}: ${wrong}`,
      );
  }
  is(traces(place.path), before, 'nothing has changed');
}
