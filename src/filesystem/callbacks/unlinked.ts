import { dirname } from 'node:path/posix';
import { node } from '../nodes/memory.js';
import type { NodeTable } from '../nodes/table.js';

/** The name that libfuse gives to an open file instead of unlinking it: a node's number and a count. */
const hiddenName = /^\.fuse_hidden[0-9a-f]{8}([0-9a-f]{8})$/;

/**
 * Files that were unlinked while they are open. libfuse renames such a file to a hidden name, goes on using that name,
 * and unlinks it after the last release. Here the file is unlinked at once, and the name leads to its node as long as
 * the node is open: nothing is added to the source, and marks and journal are those of an unlink.
 */
export class UnlinkedFiles {
  readonly #nodes = new Map<string, number>();
  #lastCount = 0;

  constructor(private readonly table: NodeTable) {}

  /**
   * Whether libfuse means to unlink by this rename of an open file. Its count only grows, so that a user's rename to such
   * a name is not taken for it.
   */
  isUnlink(from: string, to: string, id: number): boolean {
    const count = Number.parseInt(hiddenName.exec(lastPart(to))?.[1] ?? '0', 16);
    if (count <= this.#lastCount || count > this.#lastCount + patience) return false;
    if (dirname(from) !== dirname(to) || this.table.get(id, node.opens) === 0) return false;
    this.#lastCount = count;
    return true;
  }

  /** Takes over a lookup of a file that was unlinked. */
  keep(hidden: string, id: number): void {
    this.#nodes.set(lastPart(hidden), id);
  }

  /** The node behind a path, if it ends in a hidden name; the directories before may have been renamed. */
  node(path: string): number | undefined {
    return this.#nodes.get(lastPart(path));
  }

  /** A handle was released: nobody uses the name after the last one. */
  released(id: number): void {
    for (const [name, unlinked] of this.#nodes) {
      if (unlinked !== id || this.table.get(id, node.opens) !== 0) continue;
      this.#nodes.delete(name);
      this.table.forget(id, 1, 0);
    }
  }
}

/** libfuse counts on where a name exists already. */
const patience = 16;

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
