import { node } from './memory.js';
import type { NodeTable } from './table.js';

/**
 * The list of nodes that are open for writing, which a barrier goes through. The caller of all three holds the lock.
 */

export function addWriter(table: NodeTable, id: number): void {
  const writers = table.get(id, node.writers) + 1;
  table.set(id, node.writers, writers);
  if (writers > 1) return;
  const next = table.firstWriter;
  table.set(id, node.nextWriter, next);
  table.set(id, node.previousWriter, 0);
  if (next !== 0) table.set(next, node.previousWriter, id);
  table.firstWriter = id;
}

export function removeWriter(table: NodeTable, id: number): void {
  const writers = table.get(id, node.writers) - 1;
  table.set(id, node.writers, writers);
  if (writers > 0) return;
  const next = table.get(id, node.nextWriter);
  const previous = table.get(id, node.previousWriter);
  if (next !== 0) table.set(next, node.previousWriter, previous);
  if (previous !== 0) table.set(previous, node.nextWriter, next);
  else table.firstWriter = next;
}

export function writersOf(table: NodeTable): number[] {
  const found: number[] = [];
  for (let id = table.firstWriter; id !== 0; id = table.get(id, node.nextWriter)) found.push(id);
  return found;
}
