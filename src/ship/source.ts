import nodePath from 'node:path';
import { markNames, markNamespaces, newestMark, type Xtime } from '../marker/mark.js';
import { findNames } from '../slave/local/links.js';
import { type BytePath, fromBytes, nameOf, parentOf } from '../slave/path.js';
import type { Entry, ObjectId } from '../slave/slave.js';
import { cname, Tree } from '../slave/tree.js';
import { check, DT_DIR, DT_UNKNOWN, native, O_CLOEXEC, O_NOFOLLOW, O_PATH, type Stat } from '../syscalls/index.js';
import { writeSynced } from '../volume/atomic.js';
import { openRoot } from '../volume/root.js';
import type { Volume } from '../volume/volume.js';
import { unlessDenied } from './failures/denied.js';
import { EVERYTHING, type Selection } from './selection/selection.js';

/** What the marks say of an object; undefined where it carries none. */
export interface Marks {
  /** The newest, whoever set it. */
  readonly xtime: Xtime | undefined;
  /** Set by a rescan: it changed behind the mount, or something below it did. */
  readonly rescan: Xtime | undefined;
  readonly subtree: Xtime | undefined;
}

/** A name in a directory. */
export interface Listed {
  readonly name: BytePath;
  /** Undefined where the filesystem does not say. */
  readonly isDirectory: boolean | undefined;
}

/** The tree that is shipped, as a pass looks at it: now, whatever the records say. */
export interface Source {
  /** What a slave is to have of it: nothing else is seen. */
  readonly selection: Selection;
  /** The same without anything left out. */
  readonly all: Source;
  /** Forgets which directories are where: others rename them all the time. */
  forget(): void;
  lstat(path: BytePath): Entry | undefined;
  /** The names in a directory; undefined where there is no directory. */
  list(path: BytePath): Listed[] | undefined;
  /** Whether a file of this size has holes; {@link Entry.hasHoles} tells so of what is compressed, too. */
  hasHoles(path: BytePath, size: bigint): boolean;
  /** Regular files and directories only: the others cannot carry marks. */
  marks(path: BytePath): Marks;
  /** Every name of these objects. Lists the whole source. */
  findNames(objects: ReadonlySet<ObjectId>): BytePath[];
  /** Puts on the disk what the source shows: a power cut must not take back what a slave has of it. */
  flush(): void;
}

const UNMARKED: Marks = { xtime: undefined, rescan: undefined, subtree: undefined };

function newer(one: Xtime | undefined, other: Xtime | undefined): Xtime | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

/** The source directory of a volume. */
export class LocalSource implements Source {
  /** Where other programs find its root as it is seen here, until it is closed. */
  readonly path: string;
  readonly selection = EVERYTHING;
  readonly all = this;
  readonly #tree: Tree;
  readonly #xtimes: string[];
  readonly #rescans: string[];
  readonly #subtrees: string[];
  readonly #commit: string;

  constructor(volume: Volume) {
    const rootFd = openRoot(volume.root);
    this.#tree = Tree.over(rootFd);
    this.path = `/proc/${process.pid}/fd/${rootFd}`;
    const names = markNamespaces.map((namespace) => markNames(volume.uuid, namespace));
    this.#xtimes = names.map(({ xtime }) => xtime);
    this.#rescans = names.map(({ rescan }) => rescan);
    this.#subtrees = names.map(({ subtree }) => subtree);
    this.#commit = nodePath.join(volume.stateDir, 'flushed');
  }

  forget(): void {
    this.#tree.forget();
  }

  lstat(path: BytePath): Entry | undefined {
    return this.#tree.entry(path);
  }

  /** The same with all that there is to know. */
  stat(path: BytePath): Stat | undefined {
    return this.#tree.lstat(path);
  }

  list(path: BytePath): Listed[] | undefined {
    return this.#tree.list(path)?.map(({ name, type }) => ({
      name: fromBytes(name),
      isDirectory: type === DT_UNKNOWN ? undefined : type === DT_DIR,
    }));
  }

  hasHoles(path: BytePath, size: bigint): boolean {
    return this.#tree.hasHoles(path, size);
  }

  marks(path: BytePath): Marks {
    const directory = this.#tree.directory(parentOf(path));
    if (directory === undefined) return UNMARKED;
    const fd = native.openat(directory, cname(path === '' ? '.' : nameOf(path)), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) return UNMARKED;
    try {
      const rescan = newestMark(fd, this.#rescans);
      const xtime = newer(newestMark(fd, this.#xtimes), rescan);
      return { xtime, rescan, subtree: newestMark(fd, this.#subtrees) };
    } finally {
      native.close(fd);
    }
  }

  findNames(objects: ReadonlySet<ObjectId>): BytePath[] {
    this.#tree.forget();
    return findNames(this.#tree, objects, unlessDenied);
  }

  /**
   * syncfs(2) writes data before it commits anything. The marks that the data may stand for come first: where the
   * filesystem has one journal, a file made durable takes all that is in it along.
   */
  flush(): void {
    try {
      writeSynced(this.#commit, String(Date.now()));
    } catch {
      // There is no room, perhaps; what the pass deletes may make some.
    }
    check(native.syncfs(this.#tree.directory('')!), 'syncfs', this.path);
  }

  close(): void {
    this.#tree.close();
  }
}
