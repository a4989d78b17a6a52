import { Operation } from '../../journal/record.js';
import { AT_FDCWD, AT_SYMLINK_FOLLOW, ENOMEM, EPERM, fdPath, native, O_PATH } from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import { pathIn, pathOf } from '../nodes/where.js';
import { changeNames } from './places.js';

/**
 * Gives an object another name. Returns its nodeid, with one lookup more and its attributes in `fs.stat`, or −errno.
 */
export function link(fs: Filesystem, id: number, newParent: number, newName: Buffer): number {
  if (fs.hidden.isEntry(newParent, bare(newName))) return -EPERM;
  const fd = fs.objects.open(id, O_PATH);
  if (fd < 0) return fd;
  const result = changeNames(fs, [id, newParent], [newParent], () => linkHere(fs, id, fd, newParent, newName));
  native.close(fd);
  return result;
}

function linkHere(fs: Filesystem, id: number, fd: number, newParent: number, newName: Buffer): number {
  const directory = fs.objects.directory(newParent);
  if (directory < 0) return directory;
  const oldPath = fs.table.locked(() => copyOf(pathOf(fs.table, id)));
  const result = native.linkat(AT_FDCWD, fdPath(fd), directory, newName, AT_SYMLINK_FOLLOW);
  if (result < 0) return result;
  const found = fs.stat.read(directory, newName);
  if (found < 0) return found;
  const entered = fs.table.enterNew(fs.stat, newParent, bare(newName));
  if (oldPath !== undefined) fs.table.locked(() => record(fs, oldPath, newParent, newName));
  return entered || -ENOMEM;
}

/** The lock is held. */
function record({ table, observer, stat }: Filesystem, oldPath: Buffer, newParent: number, newName: Buffer): void {
  const path = pathIn(table, newParent, bare(newName));
  if (path !== undefined) observer.record(Operation.link, stat.dev, stat.inoLow, stat.inoHigh, oldPath, path);
}

function copyOf(path: Buffer | undefined): Buffer | undefined {
  return path === undefined ? undefined : Buffer.from(path);
}
