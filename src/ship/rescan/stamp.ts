import { markNames, writeMark, type Xtime } from '../../marker/mark.js';
import { type BytePath, join, nameOf, namesOf, parentOf, readable } from '../../slave/path.js';
import { objectId } from '../../slave/slave.js';
import { cname, Tree } from '../../slave/tree.js';
import { check, native, O_CLOEXEC, O_NOFOLLOW, O_PATH } from '../../syscalls/index.js';
import { openRoot } from '../../volume/root.js';
import { isRoot } from '../../volume/user.js';
import type { Volume } from '../../volume/volume.js';
import type { Suspect } from './scan.js';

/** What could not be marked. */
export interface Unstamped {
  readonly path: BytePath;
  /** Another object, or none, is at the path by now; otherwise it takes no mark. */
  readonly gone: boolean;
}

/** Puts marks of a rescan on objects and all above them, from the root down. */
export class Stamper {
  readonly #tree: Tree;
  readonly #name: string;
  readonly #stamped = new Set<BytePath>();

  constructor(
    volume: Volume,
    private readonly us: Xtime,
  ) {
    this.#tree = Tree.over(openRoot(volume.root));
    this.#name = markNames(volume.uuid, isRoot() ? 'trusted' : 'user').rescan;
  }

  /** Undefined where it is marked now. What cannot carry marks is told of by its directory. */
  stamp({ path, id }: Suspect): Unstamped | undefined {
    const stat = this.#tree.lstat(path);
    if (!stat || objectId(stat) !== id) return { path, gone: true };
    const speaks = stat.isFile || stat.isDirectory ? path : parentOf(path);
    const chain: BytePath[] = [''];
    for (const name of namesOf(speaks)) chain.push(join(chain.at(-1)!, name));
    try {
      for (const one of chain) this.#mark(one);
    } catch {
      return { path, gone: false };
    }
    return undefined;
  }

  #mark(path: BytePath): void {
    if (this.#stamped.has(path)) return;
    const name = cname(path === '' ? '.' : nameOf(path));
    const directory = this.#tree.directory(parentOf(path)) ?? -1;
    const fd = check(native.openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0), 'openat', readable(path));
    try {
      writeMark(fd, this.#name, this.us);
    } finally {
      native.close(fd);
    }
    this.#stamped.add(path);
  }

  close(): void {
    this.#tree.close();
  }
}
