import { node } from '../nodes/memory.js';
import type { NodeTable } from '../nodes/table.js';

/** Nodes that are remembered at most. */
const capacity = 16_384;

/**
 * The lookups that callbacks hold in place of the kernel, which does not say what it forgets: the nodes used lately, one
 * lookup each. A node must outlive its callback: it knows in which epoch it was stamped, and whether a change of it has
 * been recorded.
 */
export class HeldNodes {
  /** Last used, last in order. */
  readonly #order = new Set<number>();

  constructor(private readonly table: NodeTable) {}

  /** Takes over a lookup. */
  keep(id: number): void {
    this.drop(id);
    this.#order.add(id);
    if (this.#order.size <= capacity) return;
    const [oldest] = this.#order;
    this.drop(oldest!);
  }

  drop(id: number): void {
    if (this.#order.delete(id)) this.table.forget(id, 1, 0);
  }

  /** Drops what has lost its last name: the table would keep the inode alive for the lookup. */
  dropUnlinked(id: number): void {
    if (id > 0 && this.table.get(id, node.firstName) === 0) this.drop(id);
  }
}
