import { Operation } from '../../journal/record.js';
import {
  EINVAL,
  ENOENT,
  EPERM,
  ESTALE,
  native,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  Stat,
} from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import type { Caller } from '../identity.js';
import {
  changeNames,
  dismiss,
  keeperOf,
  loseName,
  otherDirectories,
  type Place,
  pathOfPlace,
  placeAt,
} from './places.js';

/**
 * Renames, with the flags of renameat2(2) that local filesystems know. What moves is marked, and a directory as a moved
 * tree. A whiteout is the caller's.
 */
export function rename(
  fs: Filesystem,
  parent: number,
  name: Buffer,
  newParent: number,
  newName: Buffer,
  flags: number,
  caller: Caller,
): number {
  if ((flags & ~(RENAME_EXCHANGE | RENAME_NOREPLACE | RENAME_WHITEOUT)) !== 0) return -EINVAL;
  if (fs.hidden.isEntry(parent, bare(name))) return -ENOENT;
  if (fs.hidden.isEntry(newParent, bare(newName))) return -EPERM;
  const from = placeAt(fs, parent, name, fs.stat);
  if (typeof from === 'number') return from;
  const to = placeAt(fs, newParent, newName, fs.otherStat);
  if (typeof to === 'number') return to;
  // What the kernel renames it has looked up: no node means that it was changed behind the mount, and the kernel has to
  // look again.
  if (from.stat === undefined || from.id === 0) return from.stat === undefined ? -ENOENT : -ESTALE;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const directories = parent === newParent ? [parent] : [parent, newParent];
  const movedBack = exchange && to.id !== 0 ? [to.id] : [];
  const targets = [...directories, from.id, ...movedBack, ...otherDirectories(fs, to)];
  return changeNames(fs, targets, directories, () =>
    withDirectories(fs, from, to, (old, next) => move(fs, from, to, flags, caller, old, next)),
  );
}

/** The second directory gets a descriptor of its own: the cache may close the first to make room for it. */
function withDirectories(fs: Filesystem, from: Place, to: Place, use: (old: number, next: number) => number): number {
  if (from.parent === to.parent) {
    const directory = fs.objects.directory(from.parent);
    return directory < 0 ? directory : use(directory, directory);
  }
  const next = fs.objects.open(to.parent, O_PATH | O_DIRECTORY);
  if (next < 0) return next;
  const old = fs.objects.directory(from.parent);
  const result = old < 0 ? old : use(old, next);
  native.close(next);
  return result;
}

function move(
  fs: Filesystem,
  from: Place,
  to: Place,
  flags: number,
  caller: Caller,
  old: number,
  next: number,
): number {
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const refused = markMoved(fs, from, old, to.parent) || (exchange ? markMoved(fs, to, next, from.parent) : 0);
  if (refused < 0) return refused;
  const keeper = exchange ? -1 : keeperOf(to, next);
  const whiteout = (flags & RENAME_WHITEOUT) !== 0;
  const apply = () => native.renameat2(old, from.name, next, to.name, flags);
  const result = whiteout ? fs.identity.as(caller, 0, apply) : apply();
  if (result < 0 || isSame(from, to)) dismiss(keeper);
  else fs.table.locked(() => moved(fs, from, to, exchange, keeper));
  if (result === 0 && whiteout) recordWhiteout(fs, from, old);
  return result;
}

/** What stands in the old place now. The kernel looks it up when somebody asks. */
function recordWhiteout(fs: Filesystem, place: Place, directory: number): void {
  const made = new Stat();
  if (made.read(directory, place.name) < 0) return;
  fs.table.locked(() => {
    const path = pathOfPlace(fs, place);
    if (path !== undefined) fs.observer.record(Operation.mknod, made.dev, made.inoLow, made.inoHigh, path, null);
  });
}

/** Two names of one inode: rename(2) does nothing, and succeeds. */
function isSame(from: Place, to: Place): boolean {
  return to.stat !== undefined && to.stat.ino === from.stat!.ino && to.stat.dev === from.stat!.dev;
}

function markMoved(fs: Filesystem, place: Place, directory: number, destination: number): number {
  if (!place.stat?.isDirectory) return 0;
  const fd = native.openat(directory, place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  const result = fs.observer.stampSubtree(fd, destination);
  native.close(fd);
  return result;
}

/** The lock is held. */
function moved(fs: Filesystem, from: Place, to: Place, exchange: boolean, keeper: number): void {
  const { dev, inoLow, inoHigh } = from.stat!;
  const operation = exchange ? Operation.exchange : Operation.rename;
  const [path, newPath] = [pathOfPlace(fs, from), pathOfPlace(fs, to)];
  if (path !== undefined && newPath !== undefined) fs.observer.record(operation, dev, inoLow, inoHigh, path, newPath);
  if (exchange) giveName(fs, to, from);
  else loseName(fs, to, keeper);
  giveName(fs, from, to);
  if (exchange || to.stat === undefined) return;
  const victim = to.stat;
  fs.observed.withOtherNames(to.id, (other) =>
    fs.observer.record(Operation.data, victim.dev, victim.inoLow, victim.inoHigh, other, null),
  );
}

function giveName(fs: Filesystem, place: Place, to: Place): void {
  if (place.id === 0) return;
  fs.table.addName(place.id, to.parent, bare(to.name));
  fs.table.removeName(place.id, place.parent, bare(place.name));
}
