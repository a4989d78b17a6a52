import { Operation } from '../../journal/record.js';
import { AT_EMPTY_PATH, AT_FDCWD, emptyName, fdPath, native, O_WRONLY } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';

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
  /** A change of size takes set-ID bits and file capabilities away. */
  readonly dropSetIds: boolean;
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
  if (uid === undefined && gid === undefined && mode === undefined && times === undefined) return 0;
  return fs.objects.with(id, (fd) => {
    let result = 0;
    // The order matters: chown(2) takes set-ID bits away that the new mode may give.
    if (uid !== undefined || gid !== undefined)
      result = native.fchownat(fd, emptyName, uid ?? same, gid ?? same, AT_EMPTY_PATH);
    if (result === 0 && mode !== undefined) result = native.fchmodat(AT_FDCWD, fdPath(fd), mode);
    if (result === 0 && times !== undefined) result = native.utimensat(AT_FDCWD, fdPath(fd), times, 0);
    return result;
  });
}

/** In chown(2): leave it. */
const same = 0xffffffff;

function truncate(fs: Filesystem, id: number, size: bigint, { handle, dropSetIds }: AttributeChange): number {
  const fd = handle ?? fs.objects.openFile(id, O_WRONLY);
  if (fd < 0) return fd;
  const cut = () => native.ftruncate(fd, size);
  const result = dropSetIds ? fs.identity.droppingSetIds(cut) : cut();
  if (handle === undefined) native.close(fd);
  return result;
}
