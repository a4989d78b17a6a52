import { getAttributeSync, setAttributeSync } from 'fs-xattr';
import { check, cstr, EBADF, native } from '../syscalls/index.js';

/** Microseconds since 1970; exact as a Number until the year 2255. */
export type Xtime = number;

/**
 * Where marks live: `trusted.` xattrs need CAP_SYS_ADMIN even to be seen; `user.` ones are what a daemon without it can
 * set. A volume that was mounted both ways carries both, and the newer one counts.
 */
export type MarkNamespace = 'trusted' | 'user';

export const markNamespaces: readonly MarkNamespace[] = ['trusted', 'user'];

/** The names of a volume's marks in one namespace. */
export interface MarkNames {
  /** The object, or something below it, changed at this time. */
  readonly xtime: string;
  /** On a directory that was moved: everything below counts as changed at this time. */
  readonly subtree: string;
  /** Of a rescan: it changed behind the mount, or something below it did. A name of its own, that no daemon writes. */
  readonly rescan: string;
  /** No mark: what is written on the root to put marks on the disk; see DurableMarks. */
  readonly kept: string;
}

export function markNames(uuid: string, namespace: MarkNamespace): MarkNames {
  const prefix = `${namespace}.markerfs.${uuid}`;
  return { xtime: `${prefix}.xtime`, subtree: `${prefix}.subtree`, rescan: `${prefix}.rescan`, kept: `${prefix}.kept` };
}

/** What every name of a mark begins with, of whatever volume: xattrs that users of the mount neither see nor set. */
export const markPrefixes = markNamespaces.map((namespace) => `${namespace}.markerfs.`);

const markBytes = 8;
const usPerSecond = 1_000_000;

/** A mark's value: seconds and microseconds, 32 bits each, big-endian; GlusterFS's format. */
export function encodeXtime(us: Xtime): Buffer {
  const value = Buffer.allocUnsafe(markBytes);
  value.writeUInt32BE(Math.floor(us / usPerSecond), 0);
  value.writeUInt32BE(us % usPerSecond, 4);
  return value;
}

/** The inverse; undefined for a value that no marker wrote. */
export function decodeXtime(value: Uint8Array): Xtime | undefined {
  if (value.length !== markBytes) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, markBytes);
  return view.getUint32(0) * usPerSecond + view.getUint32(4);
}

/**
 * fs-xattr takes paths and follows symlinks; this one leads to the object of any descriptor and is ASCII whatever its
 * name is.
 */
const pathOf = (fd: number): string => `/proc/self/fd/${fd}`;

/**
 * Reads a mark of an open object (O_PATH will do); undefined where there is none. Other errors are thrown, with their
 * `code`.
 */
export function readMark(fd: number, name: string): Xtime | undefined {
  try {
    return decodeXtime(getAttributeSync(pathOf(fd), name));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENODATA' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') return undefined;
    throw error;
  }
}

/** Sets a mark of an open regular file or directory (O_PATH will do). Errors are thrown, with their `code`. */
export function writeMark(fd: number, name: string, us: Xtime): void {
  const value = encodeXtime(us);
  const result = native.fsetxattr(fd, cnameOf(name), value, 0);
  // What is O_PATH takes no fsetxattr(2).
  if (result === -EBADF) setAttributeSync(pathOf(fd), name, value);
  else check(result, 'fsetxattr', name);
}

/** The names of marks are few, and written again and again. */
const cnames = new Map<string, Buffer>();

function cnameOf(name: string): Buffer {
  const known = cnames.get(name);
  if (known) return known;
  const cname = cstr(name);
  cnames.set(name, cname);
  return cname;
}

/** The newest of the marks that `names` lists. */
export function newestMark(fd: number, names: readonly string[]): Xtime | undefined {
  let newest: Xtime | undefined;
  for (const name of names) {
    const mark = readMark(fd, name);
    if (mark !== undefined && (newest === undefined || mark > newest)) newest = mark;
  }
  return newest;
}

/** The newest mark of a volume, which its root carries; undefined where it has none. `rootFd`: O_PATH will do. */
export function newestOf(rootFd: number, uuid: string): Xtime | undefined {
  const names = markNamespaces.map((namespace) => markNames(uuid, namespace));
  return newestMark(
    rootFd,
    names.flatMap(({ xtime, rescan, subtree }) => [xtime, rescan, subtree]),
  );
}

/** The namespaces in which a volume carries marks, looked up at its root. */
export function namespacesOf(rootFd: number, uuid: string): MarkNamespace[] {
  return markNamespaces.filter((namespace) => readMark(rootFd, markNames(uuid, namespace).xtime) !== undefined);
}
