import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  EIO,
  ENOENT,
  ENOTDIR,
  ESTALE,
  emptyName,
  fdPath,
  native,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  Stat,
} from '../syscalls/index.js';
import { DirectoryCache } from './directories.js';
import { node } from './nodes/memory.js';
import { type NodeTable, rootNode } from './nodes/table.js';
import { type Where, whereabouts } from './nodes/where.js';

/**
 * From nodes to descriptors. An object is opened step by step from directories that are already open, by a name that
 * the table knows, and then compared with the node's identity: a rename under way can never lead to another object, no
 * path is ever longer than a name, and symlinks are never followed. Functions return −errno like the system calls;
 * ESTALE means that the object is not where the mount last saw it.
 */
export class Objects {
  readonly #directories: DirectoryCache;
  /** What {@link open} opened last, as it was then. */
  readonly seen = new Stat();
  /** An object that is open already; 0 for none. */
  private readonly lent = { id: 0, fd: -1 };
  /** The directory listed last; 0 for none. */
  private readonly listed = { id: 0, generation: 0, fd: -1 };

  constructor(
    private readonly table: NodeTable,
    rootFd: number,
    cachedDirectories: number,
  ) {
    this.#directories = new DirectoryCache(table, rootFd, cachedDirectories);
  }

  /**
   * An O_PATH descriptor of a directory, kept here: the caller does not close it, and uses it before it asks for
   * another.
   */
  directory(id: number): number {
    // What was forgotten may still be in the cache.
    if (!this.table.exists(id)) return -ESTALE;
    const held = this.#directories.get(id);
    if (held !== undefined) return held;
    const fd = this.open(id, O_PATH | O_DIRECTORY);
    if (fd >= 0) this.#directories.put(id, fd);
    return fd;
  }

  /**
   * A descriptor of a directory to list it by, kept here until another one is begun: what the kernel asks for in several
   * pieces is opened once. `anew`: from the start; going back there with a descriptor that stood at the end at first makes
   * ext4 find nothing.
   */
  listing(id: number, anew: boolean): number {
    const { listed } = this;
    const generation = this.table.exists(id) ? this.table.get(id, node.generation) : 0;
    if (!anew && listed.id === id && listed.generation === generation) return listed.fd;
    if (listed.id !== 0) native.close(listed.fd);
    listed.id = 0;
    const fd = this.open(id, O_RDONLY | O_DIRECTORY);
    if (fd >= 0) Object.assign(listed, { id, generation, fd });
    return fd;
  }

  /** Takes over an O_PATH descriptor of a directory that was just made. */
  adopt(id: number, fd: number): void {
    this.#directories.put(id, fd);
  }

  /** Opens an object with these flags, never following a symlink. The caller closes it. */
  open(id: number, flags: number): number {
    if (!this.table.exists(id)) return -ESTALE;
    if (id === rootNode) return native.openat(this.directory(rootNode), dot, flags | O_CLOEXEC, 0);
    return this.#search(
      id,
      (where) => this.#openAt(id, where, flags),
      (orphan) => this.#openAgain(orphan, flags),
    );
  }

  /**
   * Opens a regular file to read or write it; the caller closes it. The kernel opens devices and fifos itself, so asking
   * for one is EIO: opening a device here would be an act of its own. Should the object be a fifo by now, opening must
   * not wait for its other end.
   */
  openFile(id: number, flags: number): number {
    return this.table.isFile(id) ? this.open(id, flags | O_NONBLOCK) : -EIO;
  }

  /** Runs something in which {@link with} takes this descriptor for the object: opening it again costs three system calls. */
  lending(id: number, fd: number, use: () => number): number {
    Object.assign(this.lent, { id, fd });
    try {
      return use();
    } finally {
      this.lent.id = 0;
    }
  }

  /** Runs with a descriptor (O_PATH, or one that was lent) of any object; a directory's comes from the cache. */
  with(id: number, use: (fd: number) => number): number {
    if (this.lent.id === id) return use(this.lent.fd);
    if (this.table.isDirectory(id)) {
      const fd = this.directory(id);
      return fd < 0 ? fd : use(fd);
    }
    const fd = this.open(id, O_PATH | O_CLOEXEC);
    if (fd < 0) return fd;
    try {
      return use(fd);
    } finally {
      native.close(fd);
    }
  }

  /** statx(2) of an object: one system call where its directory is at hand. */
  stat(id: number, out: Stat): number {
    if (!this.table.exists(id)) return -ESTALE;
    const held = this.table.isDirectory(id) ? this.#directories.get(id) : undefined;
    if (held !== undefined) return out.read(held, emptyName, AT_EMPTY_PATH);
    return this.#search(
      id,
      (where) => this.#statAt(id, where, out),
      (orphan) => out.read(orphan, emptyName, AT_EMPTY_PATH),
    );
  }

  /**
   * Tries a node's names until one leads to it; what was unlinked is reached by the descriptor that was kept. While
   * names are being changed a name may be wrong for a moment: the table is then asked again.
   */
  #search(id: number, byName: (where: Where) => number, byDescriptor: (fd: number) => number): number {
    let settled = false;
    for (let round = 0; round < patientRounds; round++) {
      const kept = this.#byKeeper(id, byDescriptor);
      if (kept !== undefined) return kept;
      const names = whereabouts(this.table, id);
      for (const where of names) {
        const result = byName(where);
        if (!misleading.has(-result)) return result;
      }
      if (settled) break;
      settled = !this.#inFlux(names);
    }
    return -ESTALE;
  }

  /** undefined where no descriptor is kept. */
  #byKeeper(id: number, byDescriptor: (fd: number) => number): number | undefined {
    if (this.table.get(id, node.orphan) === 0) return undefined;
    return this.table.locked(() => {
      const orphan = this.table.get(id, node.orphan);
      return orphan === 0 ? undefined : byDescriptor(orphan - 1);
    });
  }

  /** Waits for changes of names in these directories; whether there were any. */
  #inFlux(names: Where[]): boolean {
    let influx = false;
    for (const { parent } of names) influx = this.table.changes.wait(parent) || influx;
    return influx;
  }

  #openAgain(orphan: number, flags: number): number {
    const fd = native.openat(AT_FDCWD, fdPath(orphan), (flags | O_CLOEXEC) & ~O_NOFOLLOW, 0);
    const result = fd < 0 ? fd : this.seen.read(fd, emptyName, AT_EMPTY_PATH);
    if (fd >= 0 && result < 0) native.close(fd);
    return result < 0 ? result : fd;
  }

  #statAt(id: number, { parent, name }: Where, out: Stat): number {
    const directory = this.directory(parent);
    if (directory < 0) return directory;
    const result = out.read(directory, name);
    return result < 0 || this.table.isObject(id, out) ? result : -ESTALE;
  }

  #openAt(id: number, { parent, name }: Where, flags: number): number {
    const directory = this.directory(parent);
    if (directory < 0) return directory;
    const fd = native.openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    if (this.seen.read(fd, emptyName, AT_EMPTY_PATH) === 0 && this.table.isObject(id, this.seen)) return fd;
    native.close(fd);
    return -ESTALE;
  }
}

/** How often names are tried while they keep changing; each round waits for a moment. */
const patientRounds = 200;
/** What a wrong name may answer. */
const misleading = new Set([ENOENT, ENOTDIR, ESTALE]);
const dot = Buffer.from('.\0');
