/**
 * The shared memory of the node table. All worker threads see the same nodes; the memory is reserved generously and
 * costs nothing until it is used, because the kernel supplies pages at their first touch.
 *
 * - Control words: the lock, free lists, fill levels.
 * - Buckets: a hash table from (dev, ino) to nodes.
 * - Nodes: records of {@link nodeWords} words each; a node's number is its nodeid in the protocol.
 * - Cells: records of 8 words for names; see names.ts.
 */
export interface NodeMemory {
  readonly control: SharedArrayBuffer;
  readonly buckets: SharedArrayBuffer;
  readonly nodes: SharedArrayBuffer;
  readonly cells: SharedArrayBuffer;
}

/** Words of the control memory. */
export const control = {
  lock: 0,
  freeNode: 1,
  usedNodes: 2,
  freeCell: 3,
  usedCells: 4,
  firstWriter: 5,
  count: 6,
  words: 8,
} as const;

/** Words of a node. Those marked * are read without the lock. */
export const node = {
  /** * With the number, names the node for ever: a number that is used again gets a new generation. */
  generation: 0,
  /** Entry replies that the kernel holds, 64 bits. */
  lookups: 1,
  inoLow: 3,
  inoHigh: 4,
  dev: 5,
  /** A digest of the birth time: another object that got the same inode number is told apart by it. */
  birth: 6,
  /** Next node in the bucket, or in the list of free nodes. */
  next: 7,
  /** First cell of the list of names; 0 when it has none (the root; what was unlinked). */
  firstName: 8,
  /** How many names of other nodes lie in this directory. */
  children: 9,
  /** * The epoch in which it was last stamped, with all its ancestors. */
  stamped: 10,
  /** * The epoch in which a record of its content or attributes was last written. */
  recorded: 11,
  /** Open handles, and those of them that may write. */
  opens: 12,
  writers: 13,
  /** List of the nodes with writers. */
  nextWriter: 14,
  previousWriter: 15,
  /** The backing id that all opens share; 0 for none yet, {@link fallsBack} when reads and writes come as requests. */
  backing: 16,
  /** * The S_IF… bits. */
  kind: 17,
  /**
   * * A descriptor (plus 1) that keeps an object without a known name reachable; 0 for none. It is used with the lock
   * held: a name that turns up ends it.
   */
  orphan: 18,
  /** * In a directory: changes of names under way (bits 0–7), and how many there have been. */
  changes: 19,
  /** * 1 when its last known name went while it had others: changes of it have no path. */
  stranded: 20,
  /** * What is known of its file capability: one of {@link capability}. */
  capability: 21,
  /** * Handles through which it may be mapped for writing: those of its writers that also read. */
  mappers: 22,
  /** * The epoch whose marks, its own and its ancestors', are on the disk. */
  kept: 23,
} as const;
export const nodeWords = 24;

/** What is known of a file's capability: the kernel asks for it before the first write to each file. */
export const capability = { unknown: 0, none: 1, maybe: 2 } as const;
export const fallsBack = 0xffffffff;

export const cellWords = 8;
const bucketCount = 1 << 20;
/** Sizes to try in turn: a process may be allowed less address space. */
const nodeCounts = [1 << 24, 1 << 22, 1 << 20];

export function allocateNodeMemory(): NodeMemory {
  for (const count of nodeCounts) {
    try {
      return {
        control: new SharedArrayBuffer(control.words * 4),
        buckets: new SharedArrayBuffer(bucketCount * 4),
        nodes: new SharedArrayBuffer(count * nodeWords * 4),
        cells: new SharedArrayBuffer(count * 2 * cellWords * 4),
      };
    } catch (error) {
      if (count === nodeCounts.at(-1)) throw error;
    }
  }
  throw new Error('unreachable');
}
