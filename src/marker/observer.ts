import type { JournalQueue } from '../journal/queue.js';
import { Operation } from '../journal/record.js';
import { EACCES, EDQUOT, ENOSPC, EPERM } from '../syscalls/index.js';
import type { HybridClock } from './clock.js';
import { type DurableMarks, syncFile } from './durable.js';
import type { Epochs } from './epochs.js';
import { type MarkNames, writeMark } from './mark.js';

/** What the observer needs of the filesystem: its nodes by number, and descriptors of them. */
export interface ObservedNodes {
  /** The epoch in which a node was last stamped, with all its ancestors. */
  stampedIn(id: number): number;
  setStamped(id: number, epoch: number): void;
  /** The epoch whose marks, its own and its ancestors', are on the disk. */
  keptIn(id: number): number;
  setKept(id: number, epoch: number): void;
  /** The record span in which its content or attributes were last recorded. */
  recordedIn(id: number): number;
  setRecorded(id: number, span: number): void;
  /** Its directory; 0 for the root and for what was unlinked. */
  parent(id: number): number;
  /** The root, and whatever has a name below it. Nothing else is marked or recorded. */
  isLinked(id: number): boolean;
  /** It has names, but none that is known: other names than the ones that were used, and lost. */
  isStranded(id: number): boolean;
  readonly rootNode: number;
  /** Regular files and directories carry marks; for other objects their directory's mark speaks. */
  isMarkable(id: number): boolean;
  /** Runs with a descriptor (O_PATH) of it; returns the result, or −errno when it cannot be opened. */
  withDescriptor(id: number, use: (fd: number) => number): number;
  /** Calls back with device, inode (two words) and path, while no name can change. Not called for what has no path. */
  withPath(id: number, use: (dev: number, inoLow: number, inoHigh: number, path: Uint8Array) => void): void;
}

/**
 * The rules of marking, in one place; nothing else writes these marks (a rescan has a name of its own for its).
 *
 * 1. *Mark before change.* {@link change} stamps the objects of a change and all their ancestors, from the root down,
 *    and only then applies it. What cannot be marked is not changed.
 * 2. *Once in an epoch.* An object that was stamped in this epoch is not stamped again; then neither are its ancestors,
 *    since they were stamped before it.
 * 3. *Straddling changes.* When the epoch has moved on while a change was applied, its objects are stamped again before
 *    the change counts as complete, and the barrier waits for that: a mark at or before T never stands for a change
 *    that T's reader did not see.
 * 4. *Open for writing.* The kernel writes without asking. So an object is stamped and recorded when it is opened for
 *    writing, at every barrier while it is open so, and when it is closed.
 * 5. *Moved trees.* A directory is given a second mark before it moves: everything below counts as changed.
 * 6. *Stranded objects.* A change of an object that has names, but none that is known, could be anywhere: the root is
 *    marked like a moved tree, and the journal gets a gap, so that the next pass looks at everything.
 * 7. *On the disk before the data.* Who has data written to the disk at once calls {@link keep} before.
 */
export class Observer {
  constructor(
    private readonly epochs: Epochs,
    private readonly clock: HybridClock,
    private readonly queue: JournalQueue,
    private readonly nodes: ObservedNodes,
    private readonly names: MarkNames,
    private readonly durable: DurableMarks,
  ) {}

  /**
   * Marks `targets`, applies a change to them, and returns its result, or −errno when they cannot be marked. `apply` is
   * told the epoch that the change belongs to.
   */
  change(targets: readonly number[], apply: (epoch: number) => number): number {
    const epoch = this.epochs.begin();
    try {
      const refused = this.#markAll(targets, epoch);
      if (refused < 0) return refused;
      const result = apply(epoch);
      const now = this.epochs.current;
      if (now !== epoch) this.#markAll(targets, now);
      return result;
    } finally {
      this.epochs.end();
    }
  }

  /** A change of an object's content (data) or attributes (meta), recorded once in a span. */
  changeObject(id: number, operation: typeof Operation.data | typeof Operation.meta, apply: () => number): number {
    return this.change([id], () => {
      const result = apply();
      if (result >= 0) this.#recordOnce(id, operation);
      return result;
    });
  }

  /** Rule 4: an object is open for writing, is being closed, or is still open at a barrier. */
  touch(id: number): number {
    return this.changeObject(id, Operation.data, () => 0);
  }

  /**
   * Stamps an object that was just made in a directory, through a descriptor of it, inside the change that made it and
   * before its record is appended. Until then it is unmarked, which the walk allows for: a file that nobody has had a
   * handle of is empty. Returns 0 or −errno.
   */
  stampNew(fd: number, directory: number): number {
    return this.#stampOr(fd, this.names.xtime, directory, refusals);
  }

  /**
   * What was just made has a node now. Where the filesystem has one journal, the disk has no such object before it has
   * its marks, which were written before: they need not be brought there.
   */
  noteNew(id: number, epoch: number): void {
    this.nodes.setStamped(id, epoch);
    if (this.durable.inOrder) this.nodes.setKept(id, epoch);
    this.nodes.setRecorded(id, this.epochs.recordSpan);
  }

  /** Rule 5: inside the change that moves a directory into another, before it is applied. Returns 0 or −errno. */
  stampSubtree(fd: number, destination: number): number {
    return this.#stampOr(fd, this.names.subtree, destination);
  }

  /** Rule 7: the marks of an object and its ancestors are on the disk when it returns 0; or −errno. */
  keep(id: number): number {
    const epoch = this.nodes.stampedIn(id);
    // 0: its marks may be older than its node.
    if (epoch !== 0 && this.nodes.keptIn(id) === epoch) return 0;
    const result = this.durable.keep();
    if (result === 0) this.nodes.setKept(id, epoch);
    return result;
  }

  /**
   * fsync(2) or fdatasync(2) of an open object, its marks first: both write data before they commit anything, and what is
   * written over other data is there when the power is cut in between.
   */
  sync(id: number, fd: number, dataOnly: boolean): number {
    const kept = this.keep(id);
    return kept < 0 ? kept : syncFile(fd, dataOnly);
  }

  /**
   * Appends the record of a change of names. The caller holds the lock under which names change, so that records are in
   * the order of the changes.
   */
  record(
    operation: Operation,
    dev: number,
    inoLow: number,
    inoHigh: number,
    path: Uint8Array,
    path2: Uint8Array | null,
  ): void {
    this.queue.append(operation, this.epochs.current, this.clock.now(), dev, inoLow, inoHigh, path, path2);
  }

  #recordOnce(id: number, operation: Operation): void {
    const span = this.epochs.recordSpan;
    if (this.nodes.recordedIn(id) === span) return;
    if (this.nodes.isStranded(id)) {
      this.record(Operation.gap, 0, 0, 0, new Uint8Array(0), null);
      this.nodes.setRecorded(id, span);
      return;
    }
    this.nodes.withPath(id, (dev, inoLow, inoHigh, path) => {
      this.record(operation, dev, inoLow, inoHigh, path, null);
      this.nodes.setRecorded(id, span);
    });
  }

  #markAll(targets: readonly number[], epoch: number): number {
    for (const target of targets) {
      if (this.nodes.stampedIn(target) === epoch) continue;
      const refused = this.nodes.isLinked(target) ? this.#markChain(target, epoch) : this.#markStranded(target, epoch);
      if (refused < 0) return refused;
    }
    return 0;
  }

  /** Rule 1 and 2. From the root down, and noted only once it is done: whoever finds the note may rely on the marks. */
  #markChain(target: number, epoch: number): number {
    const chain: number[] = [];
    for (let id = target; id !== 0 && this.nodes.stampedIn(id) !== epoch; id = this.nodes.parent(id)) chain.push(id);
    for (let index = chain.length - 1; index >= 0; index--) {
      const id = chain[index]!;
      const refused = this.nodes.isMarkable(id) ? this.#stampNode(id) : 0;
      if (refused < 0) return refused;
      this.nodes.setStamped(id, epoch);
    }
    return 0;
  }

  /** Rule 6; an object that was unlinked for good needs no mark. */
  #markStranded(target: number, epoch: number): number {
    if (!this.nodes.isStranded(target)) return 0;
    const { rootNode } = this.nodes;
    const moved = this.nodes.withDescriptor(rootNode, (fd) => this.#stamp(fd, this.names.subtree));
    const refused = moved < 0 ? moved : this.#markAll([rootNode], epoch);
    if (refused === 0) this.nodes.setStamped(target, epoch);
    return refused;
  }

  #stampNode(id: number): number {
    return this.nodes.withDescriptor(id, (fd) => this.#stampOr(fd, this.names.xtime, this.nodes.parent(id)));
  }

  /**
   * Stamps an object; where it takes no mark, the nearest directory from `above` on that takes one is marked as if it
   * had been moved: everything below counts as changed. So it is with read-only files of a daemon that is not root, with
   * what chattr(1) made immutable, and on a full disk, where what makes room must not need any.
   */
  #stampOr(fd: number, name: string, above: number, spokenFor = denials): number {
    const result = this.#stamp(fd, name);
    if (!spokenFor.has(-result) || above === 0) return result;
    const spoken = this.nodes.withDescriptor(above, (higher) =>
      this.#stampOr(higher, this.names.subtree, this.nodes.parent(above)),
    );
    // At once: no fsync(2) of the object itself would bring it to the disk.
    return spoken < 0 ? spoken : this.durable.keep();
  }

  #stamp(fd: number, name: string): number {
    try {
      writeMark(fd, name, this.clock.now());
      this.durable.written();
      return 0;
    } catch (error) {
      return -errnoOf(error);
    }
  }
}

/** Errors that mean: not on this object. */
const refusals = new Set([EACCES, EPERM]);
/** Those, and: not now. What is new is not made then. */
const denials = new Set([...refusals, ENOSPC, EDQUOT]);

/** fs-xattr's errors carry the positive errno; anything else is a bug and goes on. */
function errnoOf(error: unknown): number {
  const { errno } = error as NodeJS.ErrnoException;
  if (typeof errno !== 'number') throw error;
  return errno;
}
