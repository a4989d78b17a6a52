import { type BytePath, nameOf, namesOf, parentOf } from '../../../src/slave/path.js';
import type { Entry } from '../../../src/slave/slave.js';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../src/syscalls/index.js';

export type Kind = 'file' | 'directory' | 'symlink';

const KINDS: Record<Kind, number> = { file: S_IFREG, directory: S_IFDIR, symlink: S_IFLNK };

/** An object of a filesystem in memory. */
export class Inode implements Entry {
  nlink = 1;
  content = 0;
  mode = 0;
  mtimeNsec = 0;
  mtimeSec = 0n;
  xtime: number | undefined;
  subtree: number | undefined;
  readonly hasHoles = false;
  readonly children = new Map<string, Inode>();

  constructor(
    readonly what: Kind,
    readonly ino: bigint,
    readonly dev: number,
  ) {}

  get kind(): number {
    return KINDS[this.what];
  }

  /** All contents are of one size: nothing is found out by looking at it. */
  get size(): bigint {
    return this.what === 'file' ? 1n : 0n;
  }
}

/** A filesystem in memory: what POSIX says of names and links, and no more. */
export class MemoryTree {
  #inodes = 1n;
  readonly root: Inode;

  constructor(readonly dev: number) {
    this.root = this.make('directory');
  }

  make(what: Kind): Inode {
    return new Inode(what, this.#inodes++, this.dev);
  }

  find(path: BytePath): Inode | undefined {
    let inode: Inode | undefined = this.root;
    for (const name of namesOf(path)) inode = inode?.children.get(name);
    return inode;
  }

  /** A copy, as stat(2) answers. */
  stat(path: BytePath): Entry | undefined {
    const inode = this.find(path);
    if (!inode) return undefined;
    const { kind, size, hasHoles, mtimeSec, mtimeNsec, nlink, dev, ino } = inode;
    return { kind, size, hasHoles, mtimeSec, mtimeNsec, nlink, dev, ino };
  }

  parent(path: BytePath): Inode | undefined {
    const parent = this.find(parentOf(path));
    return parent?.what === 'directory' && path !== '' ? parent : undefined;
  }

  attach(path: BytePath, inode: Inode): void {
    this.parent(path)!.children.set(nameOf(path), inode);
  }

  /** Takes a name away; what it named loses a link. */
  detach(path: BytePath): Inode | undefined {
    const parent = this.parent(path);
    const inode = parent?.children.get(nameOf(path));
    if (inode) {
      parent!.children.delete(nameOf(path));
      inode.nlink--;
    }
    return inode;
  }

  *walk(path: BytePath = '', inode: Inode = this.root): Generator<[BytePath, Inode]> {
    yield [path, inode];
    for (const [name, child] of inode.children) yield* this.walk(path === '' ? name : `${path}/${name}`, child);
  }

  /** Everything that a copy must agree in, a line for each name; names of one object share a number. */
  describe(isMeant: (path: BytePath, inode: Inode) => boolean = () => true): string[] {
    const groups = new Map<Inode, BytePath>();
    const entries = [...this.walk()]
      .filter(([path, inode]) => isMeant(path, inode))
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return entries.map(([path, inode]) => {
      if (!groups.has(inode)) groups.set(inode, path);
      const { what, content, mode, mtimeNsec } = inode;
      return `${path}: ${what} content ${content} mode ${mode} time ${mtimeNsec} as ${groups.get(inode)}`;
    });
  }
}
