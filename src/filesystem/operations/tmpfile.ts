import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  cstr,
  ENFILE,
  ENOMEM,
  emptyName,
  fdPath,
  native,
  O_ACCMODE,
  O_CLOEXEC,
  O_EXCL,
  O_PATH,
  O_TMPFILE,
} from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Caller } from '../identity.js';
import { tableFull } from '../nodes/table.js';
import type { Opened } from './open.js';

/**
 * Makes a regular file without a name and opens it: fills `opened` and returns its nodeid, with one lookup and its
 * attributes in `fs.stat`, or −errno. Nothing is marked or recorded: it is nowhere until link() gives it a name.
 */
export function tmpfile(
  fs: Filesystem,
  parent: number,
  flags: number,
  mode: number,
  caller: Caller,
  opened: Opened,
): number {
  if (!fs.handles.admit()) return -ENFILE;
  const directory = fs.objects.directory(parent);
  if (directory < 0) return directory;
  // With O_EXCL it will never get a name.
  const how = (flags & (O_ACCMODE | O_EXCL)) | O_TMPFILE | O_CLOEXEC;
  const fd = fs.identity.as(caller, mode, () => native.openat(directory, here, how, mode & 0o7777));
  if (fd < 0) return fd;
  const id = enter(fs, fd);
  if (id < 0) {
    native.close(fd);
    return id;
  }
  opened.fd = fd;
  opened.backingId = fs.backing.opened(id, fd, flags, caller.uid, fs.stat.mode, true);
  return id;
}

function enter(fs: Filesystem, fd: number): number {
  const read = fs.stat.read(fd, emptyName, AT_EMPTY_PATH);
  if (read < 0) return read;
  const keeper = native.openat(AT_FDCWD, fdPath(fd), O_PATH | O_CLOEXEC, 0);
  if (keeper < 0) return keeper;
  const id = fs.table.enterUnnamed(fs.stat, keeper);
  if (id !== tableFull) return id;
  native.close(keeper);
  return -ENOMEM;
}

const here = cstr('.');
