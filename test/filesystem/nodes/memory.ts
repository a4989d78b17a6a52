import { cellWords, control, type NodeMemory, nodeWords } from '../../../src/filesystem/nodes/memory.js';
import { NodeTable } from '../../../src/filesystem/nodes/table.js';
import { S_IFDIR, S_IFREG, Stat, statx } from '../../../src/syscalls/index.js';

/** Memory for so few nodes and name cells that a test can fill it. Node 0 and cell 0 are never used. */
export function smallMemory(nodes: number, cells: number, buckets = 4): NodeMemory {
  return {
    control: new SharedArrayBuffer(control.words * 4),
    buckets: new SharedArrayBuffer(buckets * 4),
    nodes: new SharedArrayBuffer((nodes + 1) * nodeWords * 4),
    cells: new SharedArrayBuffer((cells + 1) * cellWords * 4),
  };
}

export interface Identity {
  readonly dev?: number;
  /** Nanoseconds of the birth time. */
  readonly birth?: number;
  readonly kind?: number;
  readonly nlink?: number;
}

/** What statx(2) would say of an object. */
export function statOf(ino: number | bigint, { dev = 1, birth = 1, kind = S_IFREG, nlink = 1 }: Identity = {}): Stat {
  const stat = new Stat();
  stat.bytes.writeBigUInt64LE(BigInt(ino), statx.ino);
  stat.bytes.writeUInt32LE(dev, statx.devMinor);
  stat.bytes.writeUInt32LE(birth, statx.btime + statx.nsec);
  stat.bytes.writeUInt16LE(kind | 0o644, statx.mode);
  stat.bytes.writeUInt32LE(nlink, statx.nlink);
  return stat;
}

export const directory = { kind: S_IFDIR } as const;

/** A table with a root, whose inode is 1. */
export function plant(memory: NodeMemory = smallMemory(100, 200)): NodeTable {
  const table = new NodeTable(memory);
  table.plantRoot(statOf(1, directory));
  return table;
}

export const bytes = (text: string) => Buffer.from(text, 'latin1');
