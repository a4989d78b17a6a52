import assert from 'node:assert/strict';
import { acquire, release } from '../../journal/mutex.js';
import { native, S_IFDIR, S_IFREG, type Stat } from '../../syscalls/index.js';
import { Buckets } from './buckets.js';
import { NameChanges } from './changes.js';
import { control, type NodeMemory, node, nodeWords } from './memory.js';
import { NameCells } from './names.js';

/** The nodeid of the root. */
export const rootNode = 1;

/** The table has no room for another node. */
export const tableFull = 0;
/** Names in the directory changed since they were looked up: look again. */
export const namesChanged = -1;

/**
 * Every object that the kernel knows by nodeid, or that has such an object below it: its identity (dev, ino, birth),
 * its names, and what is open of it. The same table for all threads.
 *
 * Invariants: a node is in its bucket until its last link is gone ({@link NodeTable.retire}); it exists while the
 * kernel holds lookups of it, it is open, or names lie in it; so all ancestors of a node with a name exist. Names
 * change only inside {@link NodeTable.locked}.
 */
export class NodeTable {
  readonly #control: Int32Array;
  readonly #buckets: Buckets;
  readonly #words: Uint32Array;
  readonly #capacity: number;
  readonly names: NameCells;
  readonly changes: NameChanges;
  /** Descriptors to close when this thread releases the lock. */
  readonly #unneeded: number[] = [];

  constructor(memory: NodeMemory) {
    this.#control = new Int32Array(memory.control);
    this.#buckets = new Buckets(memory.buckets, memory.nodes);
    this.changes = new NameChanges(memory.nodes);
    this.#words = new Uint32Array(memory.nodes);
    this.#capacity = this.#words.length / nodeWords;
    this.names = new NameCells(this.#control, memory.cells);
  }

  /** Puts the root in an empty table. It is never freed. */
  plantRoot(stat: Stat): void {
    this.#control[control.usedNodes] = rootNode;
    this.#initialise(rootNode, stat);
    this.set(rootNode, node.lookups, 1);
  }

  /** Runs with the table's lock held. Nothing in it blocks for long, or takes the lock again. */
  locked<T>(action: () => T): T {
    acquire(this.#control, control.lock);
    try {
      return action();
    } finally {
      this.#release();
    }
  }

  /**
   * Closes a descriptor once the lock, which is held, has been released: the last one of an unlinked object frees its
   * blocks, and everybody would wait while those of a huge one are freed.
   */
  closeLater(fd: number): void {
    this.#unneeded.push(fd);
  }

  #release(): void {
    release(this.#control, control.lock);
    for (let fd = this.#unneeded.pop(); fd !== undefined; fd = this.#unneeded.pop()) native.close(fd);
  }

  get(id: number, word: number): number {
    return this.#words[id * nodeWords + word]!;
  }

  set(id: number, word: number, value: number): void {
    this.#words[id * nodeWords + word] = value;
  }

  /** Whether a number that came from outside names a node. */
  exists(id: number): boolean {
    return id > 0 && id <= this.#control[control.usedNodes]! && this.get(id, node.kind) !== 0;
  }

  /** Nodes in the table. */
  get count(): number {
    return this.#control[control.count]!;
  }

  /** Head of the list in writers.ts. */
  get firstWriter(): number {
    return this.#control[control.firstWriter]!;
  }
  set firstWriter(id: number) {
    this.#control[control.firstWriter] = id;
  }

  isDirectory(id: number): boolean {
    return this.get(id, node.kind) === S_IFDIR;
  }

  /** Whether it is a regular file. */
  isFile(id: number): boolean {
    return this.get(id, node.kind) === S_IFREG;
  }

  /**
   * The node of the object that `stat` describes and `name` in `parent` was seen to lead to, with one lookup more.
   * `seen`: what {@link NameChanges.version} of the parent was before that; {@link namesChanged} is returned where a
   * new name might be wrong by now, and {@link tableFull} where there is no room.
   */
  enter(stat: Stat, parent: number, name: Uint8Array, seen: number): number {
    acquire(this.#control, control.lock);
    try {
      const found = this.#buckets.find(stat);
      if (found !== 0 && this.#findName(found, parent, name) !== 0) return this.#countLookup(found);
      if (this.changes.version(parent) !== seen || NameChanges.underWay(seen)) return namesChanged;
      const id = found === 0 ? this.#create(stat) : found;
      return id !== 0 && this.#addName(id, parent, name) ? this.#countLookup(id) : this.#abandon(id);
    } finally {
      this.#release();
    }
  }

  /** The same for an object that this thread has just made, inside its change of names. */
  enterNew(stat: Stat, parent: number, name: Uint8Array): number {
    return this.locked(() => {
      const found = this.#buckets.find(stat);
      const id = found === 0 ? this.#create(stat) : found;
      return id !== 0 && this.#addName(id, parent, name) ? this.#countLookup(id) : this.#abandon(id);
    });
  }

  /** The same for one without a name (O_TMPFILE): `keeper`, an O_PATH descriptor, reaches it, and is taken over. */
  enterUnnamed(stat: Stat, keeper: number): number {
    return this.locked(() => {
      const id = this.#create(stat);
      if (id !== 0) this.set(id, node.orphan, keeper + 1);
      return id === 0 ? tableFull : this.#countLookup(id);
    });
  }

  /** Whether `stat` describes this node's object. No lock is needed. */
  isObject(id: number, stat: Stat): boolean {
    return this.#buckets.isObject(id, stat);
  }

  /** The node of an object, 0 when there is none. The lock is held. */
  find(stat: Stat): number {
    return this.#buckets.find(stat);
  }

  /** The kernel gives back `low + high·2³²` lookups. */
  forget(id: number, low: number, high: number): void {
    this.locked(() => {
      if (id === rootNode || !this.exists(id)) return;
      const at = id * nodeWords + node.lookups;
      const held = this.#words[at]! + this.#words[at + 1]! * 2 ** 32;
      const left = held - (low + high * 2 ** 32);
      assert(left >= 0, `FORGET of ${low + high * 2 ** 32} for node ${id}, which holds ${held}`);
      this.#words[at] = left >>> 0;
      this.#words[at + 1] = Math.floor(left / 2 ** 32);
      this.freeIfUnused(id);
    });
  }

  /** Frees a node that nothing needs any more, and then its parents likewise. The lock is held. */
  freeIfUnused(id: number): void {
    const candidates = [id];
    for (let next = candidates.pop(); next !== undefined; next = candidates.pop()) {
      if (this.#isUsed(next)) continue;
      for (let cell = this.get(next, node.firstName); cell !== 0; cell = this.get(next, node.firstName)) {
        candidates.push(this.names.parent(cell));
        this.#unlinkCell(next, 0, cell);
      }
      this.#dropKeeper(next);
      this.#free(next);
    }
  }

  #isUsed(id: number): boolean {
    const at = id * nodeWords;
    const words = this.#words;
    if (words[at + node.kind] === 0) return true;
    return (
      (words[at + node.lookups]! |
        words[at + node.lookups + 1]! |
        words[at + node.children]! |
        words[at + node.opens]!) !==
      0
    );
  }

  /** Gives a node a name more. The lock is held. */
  addName(id: number, parent: number, name: Uint8Array): void {
    this.#addName(id, parent, name);
  }

  /** Takes a name away. The lock is held. */
  removeName(id: number, parent: number, name: Uint8Array): void {
    let previous = 0;
    for (let cell = this.get(id, node.firstName); cell !== 0; previous = cell, cell = this.names.next(cell)) {
      if (!this.names.equals(cell, parent, name)) continue;
      this.#unlinkCell(id, previous, cell);
      return;
    }
  }

  /**
   * The object is gone from the source but for its users here: its inode number may soon belong to another. The lock is
   * held.
   */
  retire(id: number): void {
    this.#buckets.remove(id);
  }

  #countLookup(id: number): number {
    const at = id * nodeWords + node.lookups;
    const low = (this.#words[at]! + 1) >>> 0;
    this.#words[at] = low;
    if (low === 0) this.#words[at + 1]!++;
    return id;
  }

  #abandon(id: number): number {
    if (id !== 0) this.freeIfUnused(id);
    return tableFull;
  }

  #create(stat: Stat): number {
    const free = this.#control[control.freeNode]!;
    const id = free === 0 ? this.#control[control.usedNodes]! + 1 : free;
    if (id >= this.#capacity) return 0;
    if (free === 0) this.#control[control.usedNodes] = id;
    else this.#control[control.freeNode] = this.get(id, node.next);
    this.#initialise(id, stat);
    return id;
  }

  #initialise(id: number, stat: Stat): void {
    const at = id * nodeWords;
    const generation = this.#words[at + node.generation]! + 1;
    this.#words.fill(0, at, at + nodeWords);
    this.#words[at + node.generation] = generation;
    this.#words[at + node.kind] = stat.kind;
    this.#buckets.insert(id, stat);
    this.#control[control.count]!++;
  }

  #free(id: number): void {
    this.#buckets.remove(id);
    this.set(id, node.kind, 0);
    this.set(id, node.next, this.#control[control.freeNode]!);
    this.#control[control.freeNode] = id;
    this.#control[control.count]!--;
  }

  #findName(id: number, parent: number, name: Uint8Array): number {
    for (let cell = this.get(id, node.firstName); cell !== 0; cell = this.names.next(cell)) {
      if (this.names.equals(cell, parent, name)) return cell;
    }
    return 0;
  }

  #addName(id: number, parent: number, name: Uint8Array): boolean {
    if (this.#findName(id, parent, name) !== 0) return true;
    const cell = this.names.make(parent, name, this.get(id, node.firstName));
    if (cell === 0) return false;
    this.#words[parent * nodeWords + node.children]!++;
    // A directory has one name: another one means that it was moved behind the mount.
    if (this.isDirectory(id)) this.#dropNames(id, cell);
    this.set(id, node.firstName, cell);
    this.set(id, node.stranded, 0);
    // It can be reached by a name again.
    this.#dropKeeper(id);
    return true;
  }

  #dropKeeper(id: number): void {
    const orphan = this.get(id, node.orphan);
    if (orphan === 0) return;
    this.set(id, node.orphan, 0);
    this.closeLater(orphan - 1);
  }

  #dropNames(id: number, replacement: number): void {
    while (this.get(id, node.firstName) !== 0) this.#unlinkCell(id, 0, this.get(id, node.firstName));
    this.names.setNext(replacement, 0);
  }

  #unlinkCell(id: number, previous: number, cell: number): void {
    const next = this.names.next(cell);
    if (previous === 0) this.set(id, node.firstName, next);
    else this.names.setNext(previous, next);
    this.#words[this.names.parent(cell) * nodeWords + node.children]!--;
    this.names.free(cell);
  }
}
