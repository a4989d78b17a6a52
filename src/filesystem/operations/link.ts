import { Operation } from '../../journal/record.js';
import { AT_FDCWD, AT_SYMLINK_FOLLOW, ENOMEM, EPERM, fdPath, native, O_PATH } from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import { tableFull } from '../nodes/table.js';
import { pathIn, pathOf } from '../nodes/where.js';
import { changeNames } from './places.js';

/**
 * Gives an object another name. Returns its nodeid, with one lookup more and its attributes in `fs.stat`, or −errno.
 */
export function link(fs: Filesystem, id: number, newParent: number, newName: Buffer): number {
  if (fs.hidden.isEntry(newParent, bare(newName))) return -EPERM;
  const fd = fs.objects.open(id, O_PATH);
  if (fd < 0) return fd;
  const result = changeNames(fs, [id, newParent], [newParent], (epoch) =>
    linkHere(fs, id, fd, newParent, newName, epoch),
  );
  native.close(fd);
  return result;
}

function linkHere(fs: Filesystem, id: number, fd: number, newParent: number, newName: Buffer, epoch: number): number {
  const directory = fs.objects.directory(newParent);
  if (directory < 0) return directory;
  const oldPath = fs.table.locked(() => copyOf(pathOf(fs.table, id)));
  const refused = oldPath === undefined ? markUnnamed(fs, id, fd, newParent) : 0;
  if (refused < 0) return refused;
  const result = native.linkat(AT_FDCWD, fdPath(fd), directory, newName, AT_SYMLINK_FOLLOW);
  if (result < 0) return result;
  const found = fs.stat.read(directory, newName);
  if (found < 0) return found;
  const entered = fs.table.enterNew(fs.stat, newParent, bare(newName));
  if (entered === tableFull) return -ENOMEM;
  if (oldPath === undefined) fs.observer.noteNew(entered, epoch);
  fs.table.locked(() => record(fs, oldPath, newParent, newName));
  return entered;
}

/** What had no name (O_TMPFILE) has content, and no mark: it gets one before its first name shows it. */
function markUnnamed(fs: Filesystem, id: number, fd: number, newParent: number): number {
  return fs.observed.isMarkable(id) ? fs.observer.stampNew(fd, newParent) : 0;
}

/** What had no name that is known counts as made here. The lock is held. */
function record(
  { table, observer, stat }: Filesystem,
  oldPath: Buffer | undefined,
  newParent: number,
  newName: Buffer,
): void {
  const path = pathIn(table, newParent, bare(newName));
  if (path === undefined) return;
  const { dev, inoLow, inoHigh } = stat;
  if (oldPath === undefined) observer.record(Operation.create, dev, inoLow, inoHigh, path, null);
  else observer.record(Operation.link, dev, inoLow, inoHigh, oldPath, path);
}

function copyOf(path: Buffer | undefined): Buffer | undefined {
  return path === undefined ? undefined : Buffer.from(path);
}
