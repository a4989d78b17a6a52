import type { Observer } from '../marker/observer.js';
import { O_ACCMODE, O_RDONLY, type Stat } from '../syscalls/index.js';
import type { Backing } from './backing.js';
import type { Handles } from './handles.js';
import type { Hidden } from './hidden.js';
import type { Identity } from './identity.js';
import type { NodeTable } from './nodes/table.js';
import type { Objects } from './objects.js';
import type { Observed } from './observed.js';

/**
 * What the operations work with; one a thread. The operations are functions of their own, by family, in operations/:
 * they take nodes, names (bytes with their NUL) and numbers, know nothing of the protocol, and return −errno where the
 * source refuses.
 */
export interface Filesystem {
  readonly table: NodeTable;
  readonly objects: Objects;
  readonly observer: Observer;
  readonly observed: Observed;
  readonly identity: Identity;
  readonly backing: Backing;
  readonly handles: Handles;
  readonly hidden: Hidden;
  /** What the last operation found out about its object; operations that answer with attributes leave them here. */
  readonly stat: Stat;
  /** For the second object of an operation on two. */
  readonly otherStat: Stat;
}

/** Whether open flags ask for the right to write. */
export function isWriting(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY;
}

/** A name without its NUL. */
export function bare(name: Uint8Array): Uint8Array {
  return name.subarray(0, name.length - 1);
}
