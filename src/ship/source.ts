import { markNames, markNamespaces, newestMark, type Xtime } from '../marker/mark.js';
import { findNames } from '../slave/local/links.js';
import { type BytePath, fromBytes, nameOf, parentOf } from '../slave/path.js';
import type { Entry, ObjectId } from '../slave/slave.js';
import { cname, Tree } from '../slave/tree.js';
import { native, O_CLOEXEC, O_NOFOLLOW, O_PATH } from '../syscalls/index.js';
import { openRoot } from '../volume/root.js';
import type { Volume } from '../volume/volume.js';

/** What the marks say of an object; undefined where it carries none. */
export interface Marks {
  readonly xtime: Xtime | undefined;
  readonly subtree: Xtime | undefined;
}

/** The tree that is shipped, as a pass looks at it: now, whatever the records say. */
export interface Source {
  /** Forgets which directories are where: others rename them all the time. */
  forget(): void;
  lstat(path: BytePath): Entry | undefined;
  /** The names in a directory; undefined where there is no directory. */
  list(path: BytePath): BytePath[] | undefined;
  /** Regular files and directories only: the others cannot carry marks. */
  marks(path: BytePath): Marks;
  /** Every name of these objects. Lists the whole source. */
  findNames(objects: ReadonlySet<ObjectId>): BytePath[];
}

const UNMARKED: Marks = { xtime: undefined, subtree: undefined };

/** The source directory of a volume. */
export class LocalSource implements Source {
  /** Where other programs find its root as it is seen here, until it is closed. */
  readonly path: string;
  readonly #tree: Tree;
  readonly #xtimes: string[];
  readonly #subtrees: string[];

  constructor(volume: Volume) {
    const rootFd = openRoot(volume.root);
    this.#tree = Tree.over(rootFd);
    this.path = `/proc/${process.pid}/fd/${rootFd}`;
    const names = markNamespaces.map((namespace) => markNames(volume.uuid, namespace));
    this.#xtimes = names.map(({ xtime }) => xtime);
    this.#subtrees = names.map(({ subtree }) => subtree);
  }

  forget(): void {
    this.#tree.forget();
  }

  lstat(path: BytePath): Entry | undefined {
    return this.#tree.lstat(path);
  }

  list(path: BytePath): BytePath[] | undefined {
    return this.#tree.list(path)?.map(({ name }) => fromBytes(name));
  }

  marks(path: BytePath): Marks {
    const directory = this.#tree.directory(parentOf(path));
    if (directory === undefined) return UNMARKED;
    const fd = native.openat(directory, cname(path === '' ? '.' : nameOf(path)), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) return UNMARKED;
    try {
      return { xtime: newestMark(fd, this.#xtimes), subtree: newestMark(fd, this.#subtrees) };
    } finally {
      native.close(fd);
    }
  }

  findNames(objects: ReadonlySet<ObjectId>): BytePath[] {
    this.#tree.forget();
    return findNames(this.#tree, objects);
  }

  close(): void {
    this.#tree.close();
  }
}
