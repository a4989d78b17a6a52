import { Operation } from '../../journal/record.js';
import { ENODATA, EPERM, ERANGE, fdPath, native } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Writer } from '../identity.js';
import { capability, node } from '../nodes/memory.js';
import type { NodeTable } from '../nodes/table.js';

/** The value of an xattr (name with NUL) into `value`; its length, or −errno. An empty buffer asks for the length. */
export function getxattr(fs: Filesystem, id: number, name: Buffer, value: Uint8Array): number {
  if (fs.hidden.isXattr(name)) return -ENODATA;
  const read = () => fs.objects.with(id, (fd) => native.getxattr(fdPath(fd), name, value));
  return capabilityName.equals(name) ? fileCapability(fs, id, read) : read();
}

const capabilityName = Buffer.from('security.capability\0');

/**
 * The kernel asks for a file's capability before it first writes to it. That it has none is remembered, until somebody
 * sets one through the mount.
 */
function fileCapability({ table }: Filesystem, id: number, read: () => number): number {
  if (table.get(id, node.capability) === capability.none) return -ENODATA;
  const result = read();
  if (result === -ENODATA) table.locked(() => rememberNone(table, id));
  return result;
}

/** The lock is held: somebody may be setting one. */
function rememberNone(table: NodeTable, id: number): void {
  if (table.get(id, node.capability) === capability.unknown) table.set(id, node.capability, capability.none);
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
  // Before it is set, and for good: who just found none must not say so any more.
  if (capabilityName.equals(name)) fs.table.locked(() => fs.table.set(id, node.capability, capability.maybe));
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
