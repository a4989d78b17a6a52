import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  check,
  cstr,
  ENOENT,
  emptyName,
  errnoName,
  fdPath,
  native,
  O_NOFOLLOW,
  O_PATH,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  Stat,
  SystemError,
  statAt,
} from '../../src/syscalls/index.js';
import { must } from '../support/run.js';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';

/** Every field of Stat in the words of stat(1): %d is the device as the C library puts its parts together. */
const FORMAT = '%d %i %f %h %u %g %t %T %s %.9Y %.9Z';

function inWordsOfStat(stat: Stat): string {
  const [major, minor] = [stat.dev >>> 20, stat.dev & 0xfffff];
  const device = ((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12);
  const time = (seconds: bigint, nanoseconds: number) => {
    // stat(1) writes -1.5, where the kernel says -2 seconds and half a second more.
    const all = seconds * 1_000_000_000n + BigInt(nanoseconds);
    const digits = String(all < 0n ? -all : all).padStart(10, '0');
    return `${all < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
  };
  return [
    device >>> 0,
    stat.ino,
    stat.mode.toString(16),
    stat.nlink,
    stat.uid,
    stat.gid,
    stat.rdevMajor.toString(16),
    stat.rdevMinor.toString(16),
    stat.size,
    time(stat.mtimeSec, stat.mtimeNsec),
    time(stat.ctimeSec, stat.ctimeNsec),
  ].join(' ');
}

function statOf(path: string): Stat {
  const stat = statAt(AT_FDCWD, cstr(path));
  if (typeof stat === 'number') throw new Error(`${path}: ${errnoName(-stat)}`);
  return stat;
}

test('the fields are those that stat(1) shows', async (t) => {
  const work = makeWork(t);
  writeFileSync(join(work, 'file'), '12345');
  mkdirSync(join(work, 'folder'));
  symlinkSync('file', join(work, 'link'));
  writeFileSync(join(work, 'sparse'), '');
  truncateSync(join(work, 'sparse'), 2 ** 42 + 1);
  await must(['touch', '-d', '@1600000000.123456789', join(work, 'file')]);
  await must(['touch', '-d', '@-1.5', join(work, 'folder')]);
  for (const name of ['file', 'folder', 'link', 'sparse', '.', '/dev/null', '/dev/tty', '/proc/self']) {
    const path = name.startsWith('/') ? name : join(work, name);
    t.is(inWordsOfStat(statOf(path)), await must(['stat', '-c', FORMAT, path]), name);
  }
});

testAsRoot('large ids and device numbers are shown as stat(1) shows them', async (t) => {
  const path = join(makeWork(t), 'device');
  check(native.mknodat(AT_FDCWD, cstr(path), 0o060640, 4095, 0xfffff), 'mknodat', path);
  check(native.fchownat(AT_FDCWD, cstr(path), 4_000_000_000, 4_000_000_001, 0), 'fchownat', path);
  const stat = statOf(path);
  t.is(inWordsOfStat(stat), await must(['stat', '-c', FORMAT, path]));
  t.deepEqual([stat.rdevMajor, stat.rdevMinor, stat.uid], [4095, 0xfffff, 4_000_000_000]);
});

test('an object is one of its kind, and its inode comes in halves too', (t) => {
  const work = makeWork(t);
  writeFileSync(join(work, 'file'), '');
  symlinkSync('file', join(work, 'link'));
  const kinds = [work, join(work, 'file'), join(work, 'link')].map((path) => {
    const { kind, isDirectory, isFile } = statOf(path);
    return [kind, isDirectory, isFile];
  });
  t.deepEqual(kinds, [
    [S_IFDIR, true, false],
    [S_IFREG, false, true],
    [S_IFLNK, false, false],
  ]);
  const stat = statOf(work);
  t.is((BigInt(stat.inoHigh) << 32n) | BigInt(stat.inoLow), stat.ino);
});

test('a Stat is filled anew by each read, and keeps its fields where one fails', (t) => {
  const work = makeWork(t);
  writeFileSync(join(work, 'file'), 'abc');
  const stat = new Stat();
  t.is(stat.read(AT_FDCWD, cstr(work)), 0);
  t.true(stat.isDirectory);
  t.is(stat.read(AT_FDCWD, cstr(join(work, 'file'))), 0);
  t.is(stat.size, 3n);
  t.is(stat.read(AT_FDCWD, cstr(join(work, 'missing'))), -ENOENT);
  t.is(stat.size, 3n);
  t.is(statAt(AT_FDCWD, cstr(join(work, 'missing'))), -ENOENT);
});

test('a descriptor path leads to the object itself, a symlink too', (t) => {
  const work = makeWork(t);
  writeFileSync(join(work, 'file'), '');
  symlinkSync('file', join(work, 'link'));
  for (const name of ['file', 'link', '.']) {
    const fd = check(native.openat(AT_FDCWD, cstr(join(work, name)), O_PATH | O_NOFOLLOW, 0), 'open', name);
    const [byPath, itself] = [new Stat(), new Stat()];
    t.is(byPath.read(AT_FDCWD, fdPath(fd), 0), 0);
    t.is(itself.read(fd, emptyName, AT_EMPTY_PATH), 0);
    t.deepEqual([byPath.ino, byPath.kind], [itself.ino, itself.kind], name);
    native.close(fd);
  }
});

test('byte strings end with their NUL', (t) => {
  t.deepEqual(cstr('ü'), Buffer.from([0xc3, 0xbc, 0]));
  t.deepEqual(cstr(Buffer.from([0xff, 0x0a])), Buffer.from([0xff, 0x0a, 0]));
  t.deepEqual(emptyName, Buffer.from([0]));
  t.deepEqual(fdPath(12), Buffer.from('/proc/self/fd/12\0'));
});

test('errors say the call, the object and the name of the errno', (t) => {
  t.is(check(7, 'read', 'x'), 7);
  t.is(check(9n, 'lseek', 'x'), 9);
  for (const object of ['/no/where', cstr('/no/where')]) {
    const error = t.throws(() => check(-ENOENT, 'open', object), { instanceOf: SystemError });
    t.is(error.message, 'open "/no/where": ENOENT');
    t.deepEqual([error.errno, error.code, error.syscall], [ENOENT, 'ENOENT', 'open']);
  }
  t.deepEqual([11, 95, 524].map(errnoName), ['EAGAIN', 'EOPNOTSUPP', 'errno 524']);
});
