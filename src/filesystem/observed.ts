import type { ObservedNodes } from '../marker/observer.js';
import { S_IFDIR, S_IFREG } from '../syscalls/index.js';
import { node } from './nodes/memory.js';
import { type NodeTable, rootNode } from './nodes/table.js';
import { parentOf, pathIn, pathOf } from './nodes/where.js';
import type { Objects } from './objects.js';

/** The node table as the observer sees it. */
export class Observed implements ObservedNodes {
  readonly rootNode = rootNode;

  constructor(
    private readonly table: NodeTable,
    private readonly objects: Objects,
  ) {}

  stampedIn(id: number): number {
    return this.table.get(id, node.stamped);
  }
  setStamped(id: number, epoch: number): void {
    this.table.set(id, node.stamped, epoch);
  }
  keptIn(id: number): number {
    return this.table.get(id, node.kept);
  }
  setKept(id: number, epoch: number): void {
    this.table.set(id, node.kept, epoch);
  }
  recordedIn(id: number): number {
    return this.table.get(id, node.recorded);
  }
  setRecorded(id: number, span: number): void {
    this.table.set(id, node.recorded, span);
  }

  parent(id: number): number {
    return this.table.locked(() => parentOf(this.table, id));
  }

  isLinked(id: number): boolean {
    return id === rootNode || this.table.get(id, node.firstName) !== 0;
  }

  isStranded(id: number): boolean {
    return this.table.get(id, node.stranded) !== 0;
  }

  isMarkable(id: number): boolean {
    const kind = this.table.get(id, node.kind);
    return kind === S_IFREG || kind === S_IFDIR;
  }

  withDescriptor(id: number, use: (fd: number) => number): number {
    return this.objects.with(id, use);
  }

  /** Calls back with the path of each name that a file still has. The lock is held. */
  withOtherNames(id: number, use: (path: Uint8Array) => void): void {
    const { table } = this;
    if (id === 0 || table.isDirectory(id) || !table.exists(id)) return;
    for (let cell = table.get(id, node.firstName); cell !== 0; cell = table.names.next(cell)) {
      const name = Buffer.alloc(table.names.length(cell));
      table.names.copy(cell, name, 0);
      const path = pathIn(table, table.names.parent(cell), name);
      if (path !== undefined) use(path);
    }
  }

  withPath(id: number, use: (dev: number, inoLow: number, inoHigh: number, path: Uint8Array) => void): void {
    const { table } = this;
    table.locked(() => {
      const path = pathOf(table, id);
      if (path !== undefined)
        use(table.get(id, node.dev), table.get(id, node.inoLow), table.get(id, node.inoHigh), path);
    });
  }
}
