import { createHash } from 'node:crypto';
import { markPrefixes } from '../../marker/mark.js';
import { cstr, ENODATA, EOPNOTSUPP, EPERM, native, SystemError } from '../../syscalls/index.js';
import type { BytePath } from '../path.js';

/** What rsync ships of extended attributes: never the marks of a volume, ACLs on their own, and nothing else of the system. */
const isMark = (name: string): boolean => markPrefixes.some((prefix) => name.startsWith(prefix));
/** xfs shows each ACL to root under a second name. */
const SECOND_NAME = /^trusted\.SGI_ACL_/;
const ACL = /^system\.posix_acl_(?:access|default)$/;

/** The kernel's limits of a list of names and of a value (limits.h: XATTR_LIST_MAX, XATTR_SIZE_MAX). */
const buffer = Buffer.allocUnsafe(65_536);

/** Hashes of the ACLs and of the other attributes of a name in an open directory; '' where there are none. */
export function readXattrs(directory: number, name: BytePath, privileged: boolean): { acl: string; xattrs: string } {
  const path = Buffer.from(`/proc/self/fd/${directory}/${name}\0`, 'latin1');
  const length = native.llistxattr(path, buffer);
  // The filesystem has none, or the object is of a kind that has none.
  if ([-EOPNOTSUPP, -EPERM].includes(length)) return { acl: '', xattrs: '' };
  if (length < 0) throw new SystemError(-length, 'llistxattr', name);
  const names = buffer.toString('latin1', 0, length).split('\0').slice(0, -1).sort();
  const isShipped = (name: string): boolean =>
    !isMark(name) && !SECOND_NAME.test(name) && !name.startsWith('system.') && (privileged || name.startsWith('user.'));
  return {
    acl: hashOf(
      path,
      names.filter((name) => ACL.test(name)),
    ),
    xattrs: hashOf(path, names.filter(isShipped)),
  };
}

function hashOf(path: Buffer, names: readonly string[]): string {
  if (names.length === 0) return '';
  const hash = createHash('sha256');
  for (const name of names) {
    const length = native.lgetxattr(path, cstr(Buffer.from(name, 'latin1')), buffer);
    if (length === -ENODATA) continue;
    if (length < 0) throw new SystemError(-length, 'lgetxattr', name);
    hash.update(`${name}\0${length}\0`, 'latin1').update(buffer.subarray(0, length));
  }
  return hash.digest('base64');
}
