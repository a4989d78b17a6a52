import { type JournalRecord, Operation } from '../../../src/journal/record.js';
import { type BytePath, isAtOrBelow, nameOf, parentOf, toBytes } from '../../../src/slave/path.js';
import { type Inode, type Kind, MemoryTree } from './memory-tree.js';

export type Change =
  | { op: 'create' | 'mkdir' | 'symlink' | 'write' | 'chmod' | 'unlink' | 'rmdir' | 'remove'; path: BytePath }
  | { op: 'rename' | 'exchange' | 'link'; path: BytePath; path2: BytePath };

/** The source, and what the daemon does for each change: marks first, then the change, then its record. */
export class ModelDaemon {
  readonly tree = new MemoryTree(1);
  records: JournalRecord[] = [];
  journal = 1;
  clock = 1000;
  readonly barriers: number[] = [];
  /** In this span an object's content and attributes are recorded once. */
  #recorded = new Set<Inode>();

  barrier(): { timeUs: number; head: number; journalId: string } {
    this.#recorded = new Set();
    this.barriers.push(this.clock);
    return { timeUs: this.clock++, head: this.records.length, journalId: `${this.journal}` };
  }

  loseJournal(): void {
    this.journal++;
    this.records = [];
    this.#recorded = new Set();
  }

  /** Applies a change if the filesystem would; answers whether it did. */
  apply(change: Change): boolean {
    switch (change.op) {
      case 'create':
        return this.#make(change.path, 'file', Operation.create);
      case 'mkdir':
        return this.#make(change.path, 'directory', Operation.mkdir);
      case 'symlink':
        return this.#make(change.path, 'symlink', Operation.symlink);
      case 'write':
        return this.#change(change.path, Operation.data);
      case 'chmod':
        return this.#change(change.path, Operation.meta);
      case 'unlink':
        return this.#remove(change.path, false);
      case 'rmdir':
        return this.#remove(change.path, true);
      case 'remove':
        return this.#removeAll(change.path);
      case 'link':
        return this.#link(change.path, change.path2);
      case 'rename':
        return this.#rename(change.path, change.path2);
      case 'exchange':
        return this.#exchange(change.path, change.path2);
    }
  }

  #make(path: BytePath, kind: Kind, operation: JournalRecord['operation']): boolean {
    const parent = this.tree.parent(path);
    if (!parent || parent.children.has(nameOf(path))) return false;
    this.#mark(parentOf(path));
    const inode = this.tree.make(kind);
    inode.mtimeNsec = this.clock++;
    if (kind !== 'directory') inode.content = kind === 'symlink' ? this.clock++ % 2 : this.clock++;
    if (kind !== 'symlink') inode.xtime = this.clock++;
    this.#recorded.add(inode);
    this.tree.attach(path, inode);
    this.#touch(parent);
    this.#record(operation, inode, path);
    return true;
  }

  #change(path: BytePath, operation: JournalRecord['operation']): boolean {
    const inode = this.tree.find(path);
    if (!inode || (operation === Operation.data && inode.what !== 'file')) return false;
    this.#mark(path);
    if (operation === Operation.data) inode.content = inode.mtimeNsec = this.clock++;
    else inode.mode = this.clock++;
    if (!this.#recorded.has(inode)) this.#record(operation, inode, path);
    this.#recorded.add(inode);
    return true;
  }

  #remove(path: BytePath, directory: boolean): boolean {
    const inode = this.tree.find(path);
    const parent = this.tree.parent(path);
    if (!inode || !parent || (inode.what === 'directory') !== directory || inode.children.size > 0) return false;
    this.#mark(parentOf(path));
    this.tree.detach(path);
    this.#touch(parent);
    this.#record(directory ? Operation.rmdir : Operation.unlink, inode, path);
    return true;
  }

  #removeAll(path: BytePath): boolean {
    const inode = this.tree.find(path);
    if (!inode || path === '') return false;
    for (const name of [...inode.children.keys()]) this.#removeAll(`${path}/${name}`);
    return this.#remove(path, inode.what === 'directory');
  }

  #link(path: BytePath, path2: BytePath): boolean {
    const inode = this.tree.find(path);
    const parent = this.tree.parent(path2);
    if (!inode || !parent || inode.what === 'directory' || parent.children.has(nameOf(path2))) return false;
    this.#mark(parentOf(path2));
    // The whole chain: when the new name is changed and goes again, only these marks tell of the old one.
    this.#mark(path);
    this.tree.attach(path2, inode);
    inode.nlink++;
    this.#touch(parent);
    this.#record(Operation.link, inode, path, path2);
    return true;
  }

  #rename(path: BytePath, path2: BytePath): boolean {
    const inode = this.tree.find(path);
    const target = this.tree.find(path2);
    const parents = [this.tree.parent(path), this.tree.parent(path2)];
    // Two names of one object: the kernel does nothing, and the daemon hears nothing.
    if (!inode || !parents[0] || !parents[1] || inode === target || isAtOrBelow(path2, path)) return false;
    if (target && (isAtOrBelow(path, path2) || target.children.size > 0)) return false;
    if (target && (target.what === 'directory') !== (inode.what === 'directory')) return false;
    this.#markMove(path, path2, inode);
    this.tree.detach(path2);
    this.tree.detach(path);
    this.tree.attach(path2, inode);
    inode.nlink++;
    for (const parent of parents) this.#touch(parent!);
    this.#record(Operation.rename, inode, path, path2);
    return true;
  }

  #exchange(path: BytePath, path2: BytePath): boolean {
    const [one, other] = [this.tree.find(path), this.tree.find(path2)];
    const parents = [this.tree.parent(path), this.tree.parent(path2)];
    if (!one || !other || one === other || !parents[0] || !parents[1]) return false;
    if (isAtOrBelow(path, path2) || isAtOrBelow(path2, path)) return false;
    this.#markMove(path, path2, one);
    this.#markMove(path2, path, other);
    this.tree.attach(path, other);
    this.tree.attach(path2, one);
    for (const parent of parents) this.#touch(parent!);
    this.#record(Operation.exchange, one, path, path2);
    return true;
  }

  #markMove(path: BytePath, path2: BytePath, inode: Inode): void {
    this.#mark(parentOf(path));
    this.#mark(parentOf(path2));
    this.#stamp(inode);
    if (inode.what === 'directory') inode.subtree = this.clock++;
  }

  /** From the object up to the root. */
  #mark(path: BytePath): void {
    this.#stamp(this.tree.find(path)!);
    if (path !== '') this.#mark(parentOf(path));
  }

  #stamp(inode: Inode): void {
    if (inode.what !== 'symlink') inode.xtime = this.clock++;
  }

  #touch(directory: Inode): void {
    directory.mtimeNsec = this.clock++;
  }

  #record(operation: JournalRecord['operation'], inode: Inode, path: BytePath, path2?: BytePath): void {
    const sequence = this.records.length + 1;
    const { dev, ino } = inode;
    const paths = { path: toBytes(path), path2: path2 === undefined ? null : toBytes(path2) };
    this.records.push({ sequence, timeUs: this.clock, epoch: 1, operation, dev, ino, ...paths });
  }
}
