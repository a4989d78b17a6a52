import { Operation } from '../../journal/record.js';
import {
  ENFILE,
  EPERM,
  native,
  O_ACCMODE,
  O_APPEND,
  O_DIRECT,
  O_DSYNC,
  O_NOATIME,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from '../../syscalls/index.js';
import { type Filesystem, isWriting } from '../filesystem.js';
import { HandleKind } from '../handles.js';
import type { Writer } from '../identity.js';

/** A handle is a descriptor of the daemon's own. */
export interface Opened {
  fd: number;
  /** 0 when reads and writes come as requests. */
  backingId: number;
}

/**
 * What is kept of open(2)'s flags. O_APPEND goes: the kernel sends offsets, and pwrite(2) on such a descriptor would
 * ignore them.
 */
const kept = O_ACCMODE | O_NOATIME | O_SYNC | O_DSYNC;

/**
 * Opens a file for a user; returns 0 and fills `opened`, or −errno. That it is open for writing changes nothing yet: it is
 * marked through the new descriptor, before it is cut and before anybody has the handle.
 */
export function open(
  fs: Filesystem,
  id: number,
  flags: number,
  dropper: Writer | undefined,
  uid: number,
  opened: Opened,
): number {
  if (!fs.handles.admit()) return -ENFILE;
  const fd = openFile(fs, id, flags);
  if (fd < 0) return fd;
  const { mode } = fs.objects.seen;
  const writing = isWriting(flags) || (flags & O_TRUNC) !== 0;
  const handOut = () => {
    const refused = writing && writesThrough(flags) ? fs.observer.keep(id) : 0;
    if (refused < 0) return refused;
    const cut = flags & O_TRUNC ? fs.identity.droppingSetIds(dropper, () => empty(fs, id, fd, flags)) : 0;
    if (cut < 0) return cut;
    opened.fd = fd;
    opened.backingId = fs.backing.opened(id, fd, flags, uid, mode);
    return 0;
  };
  const result = writing
    ? fs.objects.lending(id, fd, () => fs.observer.changeObject(id, Operation.data, handOut))
    : handOut();
  if (result < 0) native.close(fd);
  return result;
}

function openFile(fs: Filesystem, id: number, flags: number): number {
  const how = flags & kept;
  const fd = fs.objects.openFile(id, how);
  // An append-only file (chattr +a) is opened so or not at all, and its writes all go to its end.
  return fd === -EPERM && (flags & O_APPEND) !== 0 ? fs.objects.openFile(id, how | O_APPEND) : fd;
}

/**
 * Whether data may reach the disk without an fsync(2) that is seen here: with passthrough the kernel writes to the source's
 * file by itself, and a mapping is msync(2)ed so, too.
 */
function writesThrough(flags: number): boolean {
  return (flags & (O_SYNC | O_DSYNC | O_DIRECT)) !== 0 || (flags & O_ACCMODE) === O_RDWR;
}

/** O_TRUNC takes effect without the right to write through the descriptor, too. */
function empty(fs: Filesystem, id: number, fd: number, flags: number): number {
  const access = flags & O_ACCMODE;
  if (access === O_WRONLY || access === O_RDWR) return native.ftruncate(fd, 0);
  const other = fs.objects.openFile(id, O_WRONLY);
  if (other < 0) return other;
  const result = native.ftruncate(other, 0);
  native.close(other);
  return result;
}

/** The last user of a handle is gone. */
export function release(fs: Filesystem, id: number, fd: number): number {
  const kind = fs.handles.kind(fd, id);
  if (kind === HandleKind.writing || kind === HandleKind.both) fs.observer.touch(id);
  fs.handles.ended(fd);
  if (kind !== undefined) fs.backing.released(id, kind);
  return native.close(fd);
}
