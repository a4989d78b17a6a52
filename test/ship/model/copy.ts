import type { Selection } from '../../../src/ship/selection/selection.js';
import type { PutResult, Transfer } from '../../../src/ship/transfer/transfer.js';
import type { Unit } from '../../../src/ship/transfer/units.js';
import { ancestorsOf, type BytePath, join, nameOf, namesOf, parentOf } from '../../../src/slave/path.js';
import type { Change } from './daemon.js';
import { type Inode, type Kind, MemoryTree } from './memory-tree.js';

/** What somebody makes on a slave by these. */
const OWN: Partial<Record<Change['op'], Kind>> = {
  create: 'file',
  mkdir: 'directory',
  symlink: 'symlink',
  link: 'file',
};

/** Between any two steps of a pass others may change the source, or the pass may be killed. */
export type Step = () => void;

/** A copy in memory, and an rsync that writes to it. */
export class ModelCopy implements Transfer {
  readonly name = 'model';
  readonly jobs = 2;
  /** Of a few objects, some arrive before others are looked at. */
  readonly mostPaths = 2;
  readonly rsync = { destination: '', temporary: undefined, args: [], env: {} };
  readonly tree = new MemoryTree(2);
  readonly failing = new Set<BytePath>();
  /** Directories that somebody wrote in have a time of their own. */
  #clock = 1_000_000;
  step: Step = () => {};

  constructor(protected readonly source: MemoryTree) {}

  close(): void {}

  /** rsync: reads the source as it is at that moment, path after path. */
  async put(units: readonly Unit[]): Promise<PutResult> {
    this.step();
    let verdict: PutResult['verdict'] = 'done';
    const leaders = new Map<Inode, Inode>();
    for (const path of units.flatMap(({ items }) => items.map((item) => item.path))) {
      this.step();
      if (this.failing.has(path) || this.isBlocked(path)) verdict = 'partial';
      else if (!this.#send(path, units[0]!.effort, leaders) && verdict === 'done') verdict = 'vanished';
    }
    return { verdict, reason: 'refused', bytes: 0 };
  }

  async putRoot(): Promise<PutResult> {
    this.#copyAttributes(this.source.root, this.tree.root);
    return { verdict: 'done', reason: '', bytes: 0 };
  }

  /** Without --force rsync removes no directory that holds something. */
  protected isBlocked(path: BytePath): boolean {
    const names = namesOf(path);
    const prefixes = names.map((_, at) => names.slice(0, at + 1).join('/'));
    return prefixes.some((prefix) => {
      const original = this.source.find(prefix);
      return original && original.what !== 'directory' && this.tree.find(prefix)?.children.size;
    });
  }

  #send(path: BytePath, effort: 'compare' | 'write', leaders: Map<Inode, Inode>): boolean {
    const original = this.source.find(path);
    if (!original) return false;
    const above = ancestorsOf(path);
    for (const at of above) this.makeDirectory(at);
    this.#write(path, original, effort, leaders);
    for (const at of above) this.#copyAttributes(this.source.find(at)!, this.tree.find(at)!);
    return true;
  }

  #write(path: BytePath, original: Inode, effort: 'compare' | 'write', leaders: Map<Inode, Inode>): void {
    if (original.what === 'directory') {
      this.makeDirectory(path);
      this.#copyAttributes(original, this.tree.find(path)!);
      return;
    }
    const before = this.tree.find(path);
    const leader = leaders.get(original);
    if (leader) {
      if (before === leader) return;
      this.drop(path);
      this.tree.attach(path, leader);
      leader.nlink++;
      return;
    }
    // rsync writes a new file unless the content is right; a symlink that is right is changed where it is.
    const same = before && before.what === original.what && before.content === original.content;
    const keeps = same && (effort === 'compare' || original.what === 'symlink');
    const inode = keeps ? before : this.tree.make(original.what);
    if (!keeps) {
      this.drop(path);
      this.tree.attach(path, inode);
      inode.content = original.content;
    }
    this.#copyAttributes(original, inode);
    leaders.set(original, inode);
  }

  #copyAttributes(from: Inode, to: Inode): void {
    to.mode = from.mode;
    to.mtimeNsec = from.mtimeNsec;
  }

  protected makeDirectory(path: BytePath): void {
    let at = '';
    for (const name of namesOf(path)) {
      at = join(at, name);
      if (this.tree.find(at)?.what === 'directory') continue;
      this.drop(at);
      this.tree.attach(at, this.tree.make('directory'));
      this.touch(parentOf(at));
    }
  }

  protected drop(path: BytePath): void {
    const inode = this.tree.find(path);
    if (!inode) return;
    for (const name of [...inode.children.keys()]) this.drop(join(path, name));
    this.tree.detach(path);
    this.touch(parentOf(path));
  }

  /**
   * Somebody makes something here under a name that is excluded; times of directories are left out of it. Answers whether
   * that is such a name, and free.
   */
  own(change: Change, selection: Selection): boolean {
    const path = 'path2' in change ? change.path2 : change.path;
    const before = 'path2' in change ? this.tree.find(change.path) : undefined;
    const kind = OWN[change.op];
    if (!kind || this.tree.parent(path)?.children.has(nameOf(path)) !== false) return false;
    if (!selection.excludes(path, kind === 'directory') || before?.what === 'directory') return false;
    const inode = before ?? this.tree.make(kind);
    if (before) before.nlink++;
    this.tree.attach(path, inode);
    return true;
  }

  protected touch(path: BytePath): void {
    const inode = this.tree.find(path);
    if (inode) inode.mtimeNsec = this.#clock++;
  }
}
