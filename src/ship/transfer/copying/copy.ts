import { markPrefixes } from '../../../marker/mark.js';
import { timespecs } from '../../../slave/local/times.js';
import { type BytePath, join, nameOf, namesOf, parentOf } from '../../../slave/path.js';
import { cname, type Tree } from '../../../slave/tree.js';
import {
  AT_EMPTY_PATH,
  emptyName,
  native,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  Stat,
} from '../../../syscalls/index.js';

/** Larger files are rsync's: one thread would be busy with one for long. */
export const MOST_BYTES = 1 << 20;
const PERMISSIONS = 0o7777;
const NAMES_BYTES = 1 << 16;
const SELF = cname('.');

/**
 * Copies directories (not what is in them) and files that the slave lacks: such as have no xattrs (ACLs are some) but marks, and of files
 * those with one name and no holes. Whatever is not as expected is left to rsync, as it was found.
 */
export class Copier {
  /** One byte more than is taken: what has grown meanwhile shows. */
  readonly #content = Buffer.allocUnsafe(MOST_BYTES + 1);
  readonly #names = Buffer.allocUnsafe(NAMES_BYTES);
  readonly #stat = new Stat();

  constructor(
    private readonly source: Tree,
    private readonly slave: Tree,
  ) {}

  /** How many bytes of content were copied; undefined where that is left to rsync. SystemError where a directory cannot be reached. */
  copy(path: BytePath): number | undefined {
    const directory = this.source.directory(parentOf(path));
    if (directory === undefined) return undefined;
    const name = cname(nameOf(path));
    const fd = native.openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) return undefined;
    try {
      const stat = this.#stat;
      if (stat.read(fd, emptyName, AT_EMPTY_PATH) < 0 || this.#hasXattrs(fd)) return undefined;
      if (stat.isDirectory) return this.#makeDirectory(path);
      return stat.isFile && stat.nlink === 1 ? this.#copyFile(path, name, fd) : undefined;
    } finally {
      native.close(fd);
    }
  }

  #makeDirectory(path: BytePath): number | undefined {
    const directory = makeDirectories(this.slave, path);
    if (directory === undefined) return undefined;
    const fd = native.openat(directory, SELF, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return undefined;
    const isWhole = this.#giveAttributes(fd);
    native.close(fd);
    return isWhole ? 0 : undefined;
  }

  #copyFile(path: BytePath, name: Buffer, from: number): number | undefined {
    const length = this.#readAll(from);
    const directory = BigInt(length) === this.#stat.size ? makeDirectories(this.slave, parentOf(path)) : undefined;
    if (directory === undefined) return undefined;
    // Until it has its attributes it is nobody else's.
    const fd = native.openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600);
    if (fd < 0) return undefined;
    const isWritten = length === 0 || native.write(fd, this.#content, length) === length;
    const isWhole = isWritten && this.#giveAttributes(fd);
    native.close(fd);
    if (!isWhole) native.unlinkat(directory, name, 0);
    return isWhole ? length : undefined;
  }

  /** So many bytes as there are, and as the buffer holds; −1 where they cannot be read. */
  #readAll(fd: number): number {
    for (let length = 0; ; ) {
      const got = native.read(fd, length === 0 ? this.#content : this.#content.subarray(length));
      if (got < 0) return -1;
      if (got === 0) return length;
      length += got;
    }
  }

  #hasXattrs(fd: number): boolean {
    const length = native.flistxattr(fd, this.#names);
    if (length <= 0) return length < 0;
    const names = this.#names.toString('latin1', 0, length - 1).split('\0');
    return names.some((name) => !markPrefixes.some((prefix) => name.startsWith(prefix)));
  }

  /** Those of the source; false where they are not all that it has then: a directory may give what is made in it an ACL. */
  #giveAttributes(fd: number): boolean {
    const { uid, gid, mode } = this.#stat;
    return (
      !this.#hasXattrs(fd) &&
      native.fchownat(fd, emptyName, uid, gid, AT_EMPTY_PATH) === 0 &&
      native.fchmod(fd, mode & PERMISSIONS) === 0 &&
      native.utimensat(fd, emptyName, timespecs(this.#stat), AT_EMPTY_PATH) === 0
    );
  }
}

/** The directory of a slave, made with all above it where it is missing; undefined where something else is in the way. */
function makeDirectories(slave: Tree, path: BytePath): number | undefined {
  const found = slave.directory(path);
  if (found !== undefined) return found;
  let at: BytePath = '';
  for (const name of namesOf(path)) {
    // Until it has its attributes it is nobody else's.
    const parent = slave.directory(at);
    if (parent === undefined) return undefined;
    native.mkdirat(parent, cname(name), 0o700);
    at = join(at, name);
  }
  return slave.directory(path);
}
