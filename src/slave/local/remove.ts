import {
  AT_REMOVEDIR,
  check,
  DT_DIR,
  DT_UNKNOWN,
  EBUSY,
  ENOENT,
  listDirectory,
  native,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  SystemError,
  statAt,
} from '../../syscalls/index.js';
import { type BytePath, fromBytes, nameOf, parentOf } from '../path.js';
import { cname, type Tree } from '../tree.js';
import { letOwnerIn } from './writable.js';

/**
 * Removes an object of a tree and all below it; nothing there is no error. Symlinks are removed, not followed; mounts
 * stop it.
 */
export function removeAll(tree: Tree, path: BytePath): void {
  const directory = tree.directory(parentOf(path));
  if (directory !== undefined) removeName(directory, nameOf(path));
}

/** Like removeAll, for a name in an open directory. Throws SystemError. */
export function removeName(directory: number, name: BytePath): void {
  const stat = statAt(directory, cname(name));
  if (stat === -ENOENT) return;
  if (typeof stat === 'number') throw new SystemError(-stat, 'statx', name);
  if (stat.isDirectory) removeDirectory(directory, name, stat.dev);
  else unlink(directory, name);
}

function unlink(directory: number, name: BytePath): void {
  const result = native.unlinkat(directory, cname(name), 0);
  if (result !== -ENOENT) check(result, 'unlink', name);
}

function removeDirectory(parent: number, name: BytePath, dev: number): void {
  letOwnerIn(parent, name);
  const fd = check(
    native.openat(parent, cname(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0),
    'open',
    name,
  );
  try {
    // What another filesystem holds below the copy is not the copy's.
    const stat = statAt(fd, cname('.'));
    if (typeof stat === 'number' || stat.dev !== dev) throw new SystemError(EBUSY, 'rmdir', name);
    for (const entry of listDirectory(fd)) removeEntry(fd, fromBytes(entry.name), entry.type, dev);
  } finally {
    native.close(fd);
  }
  check(native.unlinkat(parent, cname(name), AT_REMOVEDIR), 'rmdir', name);
}

function removeEntry(directory: number, name: BytePath, type: number, dev: number): void {
  if (type === DT_DIR) removeDirectory(directory, name, dev);
  else if (type === DT_UNKNOWN) removeName(directory, name);
  else unlink(directory, name);
}
