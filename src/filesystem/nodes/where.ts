import { node } from './memory.js';
import { type NodeTable, rootNode } from './table.js';

/** Where an object is: a directory and the name in it (with NUL). */
export interface Where {
  readonly parent: number;
  readonly name: Buffer;
}

/** The names of a node, copied; empty for the root and for what was unlinked. */
export function whereabouts(table: NodeTable, id: number): Where[] {
  return table.locked(() => {
    const found: Where[] = [];
    for (let cell = table.get(id, node.firstName); cell !== 0; cell = table.names.next(cell)) {
      const length = table.names.length(cell);
      const name = Buffer.allocUnsafe(length + 1);
      table.names.copy(cell, name, 0);
      name[length] = 0;
      found.push({ parent: table.names.parent(cell), name });
    }
    return found;
  });
}

/** The directory of a node by its first name; 0 for the root and for what was unlinked. The lock is held. */
export function parentOf(table: NodeTable, id: number): number {
  const cell = table.get(id, node.firstName);
  return cell === 0 ? 0 : table.names.parent(cell);
}

let scratch = Buffer.allocUnsafeSlow(8192);
const cells: number[] = [];

/**
 * The path of a node below the root, by first names, without slashes at its ends; undefined for what has none. A view
 * of a buffer of this thread, valid until the next call. The lock is held.
 */
export function pathOf(table: NodeTable, id: number): Buffer | undefined {
  cells.length = 0;
  let length = 0;
  for (let at = id; at !== rootNode; ) {
    const cell = table.get(at, node.firstName);
    if (cell === 0) return undefined;
    cells.push(cell);
    length += table.names.length(cell) + 1;
    at = table.names.parent(cell);
  }
  if (length > scratch.length) scratch = Buffer.allocUnsafeSlow(length * 2);
  let end = 0;
  for (let index = cells.length - 1; index >= 0; index--) {
    const cell = cells[index]!;
    table.names.copy(cell, scratch, end);
    end += table.names.length(cell);
    scratch[end++] = slash;
  }
  return scratch.subarray(0, Math.max(end - 1, 0));
}

/** The path of a name in a directory, in a buffer of its own. The lock is held. */
export function pathIn(table: NodeTable, directory: number, name: Uint8Array): Buffer | undefined {
  const parent = pathOf(table, directory);
  if (parent === undefined) return undefined;
  return parent.length === 0 ? Buffer.from(name) : Buffer.concat([parent, separator, name]);
}

const slash = 0x2f;
const separator = Buffer.from('/');
