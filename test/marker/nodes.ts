import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalQueue } from '../../src/journal/queue.js';
import { HybridClock, wallClock } from '../../src/marker/clock.js';
import { DurableMarks } from '../../src/marker/durable.js';
import { Epochs } from '../../src/marker/epochs.js';
import { markNames, readMark } from '../../src/marker/mark.js';
import { type ObservedNodes, Observer } from '../../src/marker/observer.js';
import { EIO, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_RDONLY } from '../../src/syscalls/index.js';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
export const names = markNames(UUID, 'user');

/** The nodes of the tests: a tree of real files and directories, so that marks are real. */
const TREE: Readonly<Record<number, { parent: number; path: string; kind: 'file' | 'directory' | 'other' }>> = {
  1: { parent: 0, path: '', kind: 'directory' },
  2: { parent: 1, path: 'a', kind: 'directory' },
  3: { parent: 2, path: 'a/b', kind: 'directory' },
  4: { parent: 3, path: 'a/b/file', kind: 'file' },
  5: { parent: 3, path: 'a/b/other', kind: 'other' },
  6: { parent: 1, path: 'c', kind: 'directory' },
};

/** Nodes that keep a log of what is done to them. */
export class FakeNodes implements ObservedNodes {
  /** `stamp 3`, `note 3` and so on, in order. */
  readonly log: string[] = [];
  /** Nodes that cannot be opened. */
  readonly broken = new Set<number>();
  /** Nodes that take no mark: EPERM. */
  readonly denied = new Set<number>();
  readonly unlinked = new Set<number>();
  /** Of the unlinked ones, those that have names still. */
  readonly stranded = new Set<number>();
  readonly rootNode = 1;
  readonly #stamped = new Map<number, number>();
  readonly #kept = new Map<number, number>();
  readonly #recorded = new Map<number, number>();

  constructor(private readonly root: string) {
    for (const { path, kind } of Object.values(TREE)) {
      if (kind === 'directory') mkdirSync(join(root, path), { recursive: true });
      else writeFileSync(join(root, path), '');
    }
    // Symlinks take no user xattrs.
    symlinkSync('nowhere', join(root, 'takes no mark'));
  }

  stampedIn = (id: number) => this.#stamped.get(id) ?? 0;
  setStamped = (id: number, epoch: number) => {
    this.log.push(`note ${id}`);
    this.#stamped.set(id, epoch);
  };
  keptIn = (id: number) => this.#kept.get(id) ?? 0;
  setKept = (id: number, epoch: number) => void this.#kept.set(id, epoch);
  recordedIn = (id: number) => this.#recorded.get(id) ?? 0;
  setRecorded = (id: number, span: number) => void this.#recorded.set(id, span);
  parent = (id: number) => (this.unlinked.has(id) ? 0 : (TREE[id]?.parent ?? 0));
  isLinked = (id: number) => !this.unlinked.has(id);
  isStranded = (id: number) => this.stranded.has(id);
  isMarkable = (id: number) => TREE[id]?.kind !== 'other';

  withDescriptor(id: number, use: (fd: number) => number): number {
    this.log.push(`stamp ${id}`);
    if (this.broken.has(id)) return -EIO;
    return this.#withFd(id, use);
  }

  withPath(id: number, use: (dev: number, inoLow: number, inoHigh: number, path: Uint8Array) => void): void {
    if (!this.unlinked.has(id)) use(7, id, 0, Buffer.from(TREE[id]?.path ?? ''));
  }

  /** The mark on the real object. */
  mark(id: number, name = names.xtime): number | undefined {
    return this.#withFd(id, (fd) => readMark(fd, name));
  }

  #withFd<T>(id: number, use: (fd: number) => T): T {
    const path = this.denied.has(id) ? 'takes no mark' : (TREE[id]?.path ?? '');
    const fd = openSync(join(this.root, path), O_PATH | O_NOFOLLOW);
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** Everything that marking takes, for two threads: the one that changes, and the one that raises barriers. */
export function makeMarker(root: string) {
  const epochMemory = new SharedArrayBuffer(Epochs.bytes(2));
  const [epochs, mainEpochs] = [new Epochs(epochMemory, 0), new Epochs(epochMemory, 1)];
  const clock = new HybridClock(new SharedArrayBuffer(HybridClock.bytes));
  clock.start(wallClock(), wallClock() + 3_600_000_000);
  const queue = new JournalQueue(JournalQueue.allocate(1 << 16));
  const nodes = new FakeNodes(root);
  const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
  const durable = new DurableMarks(new SharedArrayBuffer(DurableMarks.bytes), rootFd, names.kept);
  const observer = new Observer(epochs, clock, queue, nodes, names, durable);
  const mainObserver = new Observer(mainEpochs, clock, queue, nodes, names, durable);
  return { epochs, mainEpochs, clock, queue, nodes, durable, observer, mainObserver };
}
