import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  cstr,
  emptyName,
  native,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  type Stat,
  statAt,
} from '../../../src/syscalls/index.js';

/** Times that commands set lie before this, and are compared; what the clock gives is not. */
const CLOCK_BEGINS = 1_000_000_000n;

/** Everything below a directory in lines, one for each object, in order of their names. */
export function describeTree(root: Buffer, blind: readonly string[]): string[] {
  const lines: string[] = [];
  const firstNames = new Map<bigint, string>();
  const visit = (path: Buffer, name: string): void => {
    const stat = statAt(AT_FDCWD, cstr(path)) as Stat;
    const known = stat.isDirectory ? undefined : firstNames.get(stat.ino);
    firstNames.set(stat.ino, known ?? name);
    lines.push(`${name} ${known === undefined ? describe(path, stat, blind) : `is ${known}`}`);
    if (!stat.isDirectory) return;
    for (const entry of sortedNames(path)) visit(join(path, entry), `${name}/${entry.toString('latin1')}`);
  };
  visit(root, '');
  return lines;
}

export function join(path: Buffer, name: Buffer): Buffer {
  return Buffer.concat([path, Buffer.from('/'), name]);
}

export function sortedNames(path: Buffer): Buffer[] {
  return readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare);
}

function describe(path: Buffer, stat: Stat, blind: readonly string[]): string {
  const xattrs = sortedXattrs(path).map((name) => `${name}=${digestOf(path, name)}`);
  return `${describeStat(stat, blind)} ${contentOf(path, stat)} ${xattrs.join(' ')}`;
}

/**
 * What stat(2) says, but for what two filesystems may differ in: inode numbers, blocks, the sizes of directories, and
 * the times of fifos, through which the kernel passes data without asking a filesystem that is mounted with FUSE.
 */
export function describeStat(stat: Stat, blind: readonly string[]): string {
  const times = stat.mtimeSec < CLOCK_BEGINS && stat.kind !== S_IFIFO ? `${stat.mtimeSec}.${stat.mtimeNsec}` : 'now';
  const fields = {
    mode: stat.mode.toString(8),
    nlink: stat.nlink,
    owner: `${stat.uid}:${stat.gid}`,
    size: stat.isDirectory ? '' : stat.size,
    device: `${stat.rdevMajor}:${stat.rdevMinor}`,
    mtime: times,
  };
  return Object.entries(fields)
    .filter(([name]) => !blind.includes(name))
    .map(([name, value]) => `${name} ${value}`)
    .join(' ');
}

function contentOf(path: Buffer, stat: Stat): string {
  if (stat.kind === S_IFLNK) return readlinkSync(path, 'latin1');
  if (stat.kind !== S_IFREG) return stat.kind === S_IFDIR ? '' : 'special';
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return createHash('sha1').update(readFileSync(fd)).digest('hex');
  } finally {
    closeSync(fd);
  }
}

const MARKS = /^(trusted|user)\.markerfs\./;

/** The names of an object's xattrs but for the marks, which only the source shows. */
export function sortedXattrs(path: Buffer): string[] {
  const names = Buffer.alloc(65536);
  const length = native.llistxattr(cstr(path), names);
  const all = names.toString('latin1', 0, Math.max(length, 0)).split('\0').slice(0, -1);
  return all.filter((name) => !MARKS.test(name)).sort();
}

function digestOf(path: Buffer, name: string): string {
  const value = Buffer.alloc(65536);
  const length = native.lgetxattr(cstr(path), cstr(name), value);
  return createHash('sha1')
    .update(value.subarray(0, Math.max(length, 0)))
    .digest('hex')
    .slice(0, 8);
}

/** What a handle leads to. */
export function describeHandle(fd: number, blind: readonly string[]): string | number {
  const stat = statAt(fd, emptyName, AT_EMPTY_PATH);
  return typeof stat === 'number' ? stat : describeStat(stat, blind);
}
