import { Operation } from '../../journal/record.js';
import {
  AT_EMPTY_PATH,
  AT_REMOVEDIR,
  EEXIST,
  ENFILE,
  ENOMEM,
  EPERM,
  ESTALE,
  emptyName,
  native,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
} from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import type { Caller } from '../identity.js';
import { capability, node } from '../nodes/memory.js';
import { tableFull } from '../nodes/table.js';
import { pathIn } from '../nodes/where.js';
import type { Opened } from './open.js';

/** What is about to be made, and where. */
interface Making {
  readonly operation: Operation;
  readonly parent: number;
  readonly name: Buffer;
  readonly caller: Caller;
  readonly mode: number;
  /** Makes it in the directory; returns −errno, or the descriptor of a file that was made open. */
  readonly make: (directory: number) => number;
  /** Takes over that descriptor. */
  readonly keep?: (id: number, fd: number) => void;
}

export function mkdir(fs: Filesystem, parent: number, name: Buffer, mode: number, caller: Caller): number {
  return makeEntry(fs, {
    operation: Operation.mkdir,
    parent,
    name,
    caller,
    mode,
    make: (directory) => native.mkdirat(directory, name, mode),
  });
}

export function mknod(
  fs: Filesystem,
  parent: number,
  name: Buffer,
  mode: number,
  device: { major: number; minor: number },
  caller: Caller,
): number {
  const make = (directory: number) => native.mknodat(directory, name, mode, device.major, device.minor);
  return makeEntry(fs, { operation: Operation.mknod, parent, name, caller, mode, make });
}

export function symlink(fs: Filesystem, parent: number, name: Buffer, target: Buffer, caller: Caller): number {
  return makeEntry(fs, {
    operation: Operation.symlink,
    parent,
    name,
    caller,
    mode: 0,
    make: (directory) => native.symlinkat(target, directory, name),
  });
}

/** Makes a regular file and opens it: fills `opened` and returns its nodeid as the others do. */
export function create(
  fs: Filesystem,
  parent: number,
  name: Buffer,
  flags: number,
  mode: number,
  caller: Caller,
  opened: Opened,
): number {
  if (!fs.handles.admit()) return -ENFILE;
  const make = (directory: number) => {
    const fd = native.openat(directory, name, (flags & O_ACCMODE) | madeWith, mode & permissions);
    // It came into being behind the mount: ESTALE makes the kernel look again.
    return fd === -EEXIST && (flags & O_EXCL) === 0 ? -ESTALE : fd;
  };
  const keep = (id: number, fd: number) => {
    opened.fd = fd;
    fs.table.set(id, node.capability, capability.none);
    opened.backingId = fs.backing.opened(id, fd, flags, caller.uid, fs.stat.mode, true);
  };
  return makeEntry(fs, { operation: Operation.create, parent, name, caller, mode, make, keep });
}

/** Of a mode: with set-ID and sticky bits. */
const permissions = 0o7777;
const madeWith = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

/** Returns the new object's nodeid, with one lookup, and its attributes in `fs.stat`; or −errno. */
function makeEntry(fs: Filesystem, making: Making): number {
  const { parent, name } = making;
  if (fs.hidden.isEntry(parent, bare(name))) return -EPERM;
  return fs.observer.change([parent], (epoch) => {
    fs.table.changes.begin(parent);
    try {
      const directory = fs.objects.directory(parent);
      if (directory < 0) return directory;
      const made = fs.identity.as(making.caller, making.mode, () => making.make(directory));
      if (made < 0) return made;
      const fd = openMade(making, directory, made);
      const id = fd < 0 ? fd : enter(fs, making, fd, epoch);
      if (id < 0) unmake(fs, making, fd);
      return id;
    } finally {
      fs.table.changes.end(parent);
    }
  });
}

/** A descriptor of what was made, for its attributes and its mark. */
function openMade({ operation, name }: Making, directory: number, made: number): number {
  return operation === Operation.create ? made : native.openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
}

/** Marks it, and gives it a node. */
function enter(fs: Filesystem, making: Making, fd: number, epoch: number): number {
  const { parent, name, keep } = making;
  const { stat } = fs;
  const result = stat.read(fd, emptyName, AT_EMPTY_PATH);
  if (result < 0) return result;
  const refused = stat.isFile || stat.isDirectory ? fs.observer.stampNew(fd, parent) : 0;
  if (refused < 0) return refused;
  const id = fs.table.enterNew(stat, parent, bare(name));
  if (id === tableFull) return -ENOMEM;
  fs.observer.noteNew(id, epoch);
  if (keep) keep(id, fd);
  else if (stat.isDirectory) fs.objects.adopt(id, fd);
  else native.close(fd);
  record(fs, making);
  return id;
}

/** What cannot be marked is not made. */
function unmake(fs: Filesystem, { parent, name, operation }: Making, fd: number): void {
  const directory = fs.objects.directory(parent);
  if (directory >= 0) native.unlinkat(directory, name, operation === Operation.mkdir ? AT_REMOVEDIR : 0);
  if (fd >= 0) native.close(fd);
}

function record({ table, observer, stat }: Filesystem, { operation, parent, name }: Making): void {
  table.locked(() => {
    const path = pathIn(table, parent, bare(name));
    if (path !== undefined) observer.record(operation, stat.dev, stat.inoLow, stat.inoHigh, path, null);
  });
}
