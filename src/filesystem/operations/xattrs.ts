import { Operation } from '../../journal/record.js';
import { ENODATA, EPERM, ERANGE, fdPath, native } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Writer } from '../identity.js';

/** The value of an xattr (name with NUL) into `value`; its length, or −errno. An empty buffer asks for the length. */
export function getxattr(fs: Filesystem, id: number, name: Buffer, value: Uint8Array): number {
  if (fs.hidden.isXattr(name)) return -ENODATA;
  return fs.objects.with(id, (fd) => native.getxattr(fdPath(fd), name, value));
}

export function setxattr(
  fs: Filesystem,
  id: number,
  name: Buffer,
  value: Uint8Array,
  flags: number,
  dropper: Writer | undefined,
): number {
  if (fs.hidden.isXattr(name)) return -EPERM;
  const set = (fd: number) => native.setxattr(fdPath(fd), name, value, flags);
  return fs.observer.changeObject(id, Operation.meta, () =>
    fs.objects.with(id, (fd) => fs.identity.droppingSetIds(dropper, () => set(fd))),
  );
}

export function removexattr(fs: Filesystem, id: number, name: Buffer): number {
  if (fs.hidden.isXattr(name)) return -ENODATA;
  return fs.observer.changeObject(id, Operation.meta, () =>
    fs.objects.with(id, (fd) => native.removexattr(fdPath(fd), name)),
  );
}

/**
 * All names, each with its NUL, into `names`; their length, or −errno. An empty buffer asks for the length. Marks are
 * left out.
 */
export function listxattr(fs: Filesystem, id: number, names: Buffer): number {
  const length = fs.objects.with(id, (fd) => native.listxattr(fdPath(fd), allNames));
  if (length < 0) return length;
  const shown = showable(fs, length);
  if (names.length > 0 && shown > names.length) return -ERANGE;
  if (names.length > 0) allNames.copy(names, 0, 0, shown);
  return shown;
}

/** As long as the kernel's own limit, XATTR_LIST_MAX. */
const allNames = Buffer.allocUnsafeSlow(65536);

/** Moves the names that are not marks to the front; returns their length. */
function showable(fs: Filesystem, length: number): number {
  let kept = 0;
  for (let start = 0; start < length; ) {
    const end = allNames.indexOf(0, start) + 1;
    if (!fs.hidden.isXattr(allNames.subarray(start, end))) kept += allNames.copy(allNames, kept, start, end);
    start = end;
  }
  return kept;
}
