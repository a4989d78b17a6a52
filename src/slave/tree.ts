import {
  AT_FDCWD,
  check,
  cstr,
  type Dirent,
  ELOOP,
  ENOENT,
  ENOTDIR,
  listDirectory,
  native,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  SEEK_HOLE,
  Stat,
  SystemError,
} from '../syscalls/index.js';
import { type BytePath, nameOf, namesOf, parentOf, readable } from './path.js';
import type { Entry } from './slave.js';

/** One name of a path as the system calls want it. */
export function cname(name: BytePath): Buffer {
  return Buffer.from(`${name}\0`, 'latin1');
}

const SELF = cname('.');
/** What statx(2) counts space in, in bytes. */
const BLOCK = 512n;

/** Whether an object takes less space than its size. */
export function hasHoles({ blocks, size }: Pick<Stat, 'blocks' | 'size'>): boolean {
  return blocks * BLOCK < size;
}

/** Whether an errno says that there is no such object below real directories. */
function isAbsent(errno: number): boolean {
  return errno === ENOENT || errno === ENOTDIR || errno === ELOOP;
}

/**
 * A directory tree whose objects are reached from its root name by name, never through a symlink: no path leads out of
 * it, whoever changes it meanwhile, and paths may be longer than PATH_MAX.
 */
export class Tree {
  /** The directories opened last, from the top: consecutive paths mostly lie in one directory. Valid until `forget`. */
  readonly #chain: { name: BytePath; fd: number }[] = [];
  /** The directory at the end of the chain; undefined where a step to it failed. */
  #end: BytePath | undefined = '';
  readonly #scratch = new Stat();

  private constructor(private readonly rootFd: number) {}

  /** Opens a tree by its absolute path; SystemError where it is no directory. */
  static open(root: string): Tree {
    return new Tree(check(native.openat(AT_FDCWD, cstr(root), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), 'open', root));
  }

  /** A tree whose root is open already; the descriptor is taken over. */
  static over(rootFd: number): Tree {
    return new Tree(rootFd);
  }

  close(): void {
    this.forget();
    native.close(this.rootFd);
  }

  /**
   * Forgets which directories are where. To be called where they may have moved: before each step, and after own
   * renames.
   */
  forget(): void {
    this.#shorten(0);
    this.#end = '';
  }

  /**
   * The descriptor of a directory (O_PATH below the root), valid until the next call; undefined where there is none.
   */
  directory(path: BytePath): number | undefined {
    if (path === this.#end) return this.#top();
    this.#end = undefined;
    const names = namesOf(path);
    let depth = 0;
    while (depth < names.length && this.#chain[depth]?.name === names[depth]) depth++;
    this.#shorten(depth);
    for (const name of names.slice(depth)) {
      const fd = native.openat(this.#top(), cname(name), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
      if (isAbsent(-fd)) return undefined;
      this.#chain.push({ name, fd: check(fd, 'openat', readable(path)) });
    }
    this.#end = path;
    return this.#top();
  }

  /** What is at a path; undefined where there is nothing. */
  lstat(path: BytePath): Stat | undefined {
    const stat = new Stat();
    return this.#read(path, stat) ? stat : undefined;
  }

  /** The same, as little as there is to keep of each of very many. */
  entry(path: BytePath): Entry | undefined {
    const stat = this.#scratch;
    if (!this.#read(path, stat)) return undefined;
    const { kind, size, mtimeSec, mtimeNsec, nlink, dev, ino } = stat;
    return { kind, size, hasHoles: hasHoles(stat), mtimeSec, mtimeNsec, nlink, dev, ino };
  }

  /** Whether a file of this size has holes: one that takes less room may be compressed. True where nobody can tell. */
  hasHoles(path: BytePath, size: bigint): boolean {
    const directory = this.directory(parentOf(path));
    if (directory === undefined) return true;
    const fd = native.openat(directory, cname(nameOf(path)), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) return true;
    try {
      // There is one behind the end of each file.
      return native.lseek(fd, 0, SEEK_HOLE) < size;
    } finally {
      native.close(fd);
    }
  }

  #read(path: BytePath, stat: Stat): boolean {
    const directory = this.directory(parentOf(path));
    if (directory === undefined) return false;
    const result = stat.read(directory, path === '' ? SELF : cname(nameOf(path)));
    if (result >= 0) return true;
    if (isAbsent(-result)) return false;
    throw new SystemError(-result, 'statx', readable(path));
  }

  /** The entries of a directory; undefined where there is no directory. */
  list(path: BytePath): Dirent[] | undefined {
    const directory = this.directory(path);
    if (directory === undefined) return undefined;
    const fd = check(native.openat(directory, SELF, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), 'openat', readable(path));
    try {
      return listDirectory(fd);
    } finally {
      native.close(fd);
    }
  }

  #top(): number {
    return this.#chain.at(-1)?.fd ?? this.rootFd;
  }

  #shorten(depth: number): void {
    while (this.#chain.length > depth) native.close(this.#chain.pop()!.fd);
  }
}
