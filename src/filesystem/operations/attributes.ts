import { Operation } from '../../journal/record.js';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  cstr,
  ENODATA,
  EPERM,
  emptyName,
  fdPath,
  native,
  O_WRONLY,
  S_ISGID,
  S_ISUID,
  type Stat,
} from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Writer } from '../identity.js';
import { node } from '../nodes/memory.js';

/** What setattr changes; what is undefined stays. */
export interface AttributeChange {
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly size: bigint | undefined;
  /** Two struct timespec (atime, mtime), with UTIME_NOW and UTIME_OMIT. */
  readonly times: Buffer | undefined;
  /** An open handle of the file, which may write. */
  readonly handle: number | undefined;
  /** See Identity.droppingSetIds; of a change of size. */
  readonly dropper: Writer | undefined;
  /** Who asks for it. */
  readonly caller: number;
}

/** The attributes of an object, into `fs.stat`. Returns 0 or −errno. */
export function getattr(fs: Filesystem, id: number): number {
  return fs.objects.stat(id, fs.stat);
}

/** Changes attributes, and leaves the new ones in `fs.stat`. Returns 0 or −errno. */
export function setattr(fs: Filesystem, id: number, change: AttributeChange): number {
  const operation = change.size === undefined ? Operation.meta : Operation.data;
  return fs.observer.changeObject(id, operation, () => {
    const result = apply(fs, id, change);
    return result < 0 ? result : fs.objects.stat(id, fs.stat);
  });
}

function apply(fs: Filesystem, id: number, change: AttributeChange): number {
  if (change.size !== undefined) {
    const result = truncate(fs, id, change.size, change);
    if (result < 0) return result;
  }
  const { uid, gid, mode, times } = change;
  if (uid === undefined && gid === undefined && mode === undefined && times === undefined)
    return change.size === undefined ? dropPrivileges(fs, id, change.caller) : 0;
  const set = (fd: number) => {
    let result = 0;
    // The order matters: chown(2) takes set-ID bits away that the new mode may give.
    if (uid !== undefined || gid !== undefined)
      result = native.fchownat(fd, emptyName, uid ?? same, gid ?? same, AT_EMPTY_PATH);
    if (result === 0 && mode !== undefined) result = native.fchmodat(AT_FDCWD, fdPath(fd), mode);
    if (result === 0 && times !== undefined) result = native.utimensat(AT_FDCWD, fdPath(fd), times, 0);
    return result;
  };
  // Which set-ID bits the caller may give, and keep at a chown(2), the kernel has decided.
  const sparing = uid !== undefined || gid !== undefined || (mode !== undefined && (mode & S_ISGID) !== 0);
  return fs.objects.with(id, sparing ? (fd) => fs.identity.sparingSetIds(() => set(fd)) : set);
}

/** In chown(2): leave it. */
const same = 0xffffffff;

/**
 * A request to change nothing comes from chown(2) with −1 and −1, which takes set-ID bits and file capabilities away and
 * is for owners only; or from a change of content that is about to follow, for which they go as well: then there is a
 * writer, who need not be the owner, and root keeps the bits.
 */
function dropPrivileges(fs: Filesystem, id: number, caller: number): number {
  const writing = fs.table.get(id, node.writers) > 0;
  return fs.objects.with(id, (fd) => {
    if (writing && caller === 0) {
      const result = native.removexattr(fdPath(fd), capabilities);
      return result === -ENODATA ? 0 : result;
    }
    const seen = writing ? 0 : fs.stat.read(fd, emptyName, AT_EMPTY_PATH);
    if (seen < 0) return seen;
    const isDenied = !writing && caller !== 0 && caller !== fs.stat.uid && losesSetIds(fs.stat);
    const chown = () => native.fchownat(fd, emptyName, same, same, AT_EMPTY_PATH);
    return isDenied ? -EPERM : fs.identity.sparingSetIds(chown);
  });
}

function losesSetIds(stat: Stat): boolean {
  return !stat.isDirectory && (stat.mode & (S_ISUID | S_ISGID)) !== 0;
}

const capabilities = cstr('security.capability');

function truncate(fs: Filesystem, id: number, size: bigint, { handle, dropper }: AttributeChange): number {
  const fd = handle ?? fs.objects.openFile(id, O_WRONLY);
  if (fd < 0) return fd;
  const result = fs.identity.droppingSetIds(dropper, () => native.ftruncate(fd, size));
  if (handle === undefined) native.close(fd);
  return result;
}
