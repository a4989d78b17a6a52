import type { Unit } from './units.js';

/** What became of a list of units. */
export interface PutResult {
  readonly verdict: 'done' | 'vanished' | 'partial';
  /** Why, where it is `partial`. */
  readonly reason: string;
  readonly bytes: number;
}

/** Brings content and attributes to a slave. Throws PassError where the pass cannot go on. */
export interface Transfer {
  /** All units with the same effort. Only `done` says that they arrived. */
  put(units: readonly Unit[]): Promise<PutResult>;
  /** The attributes of the root directory itself. */
  putRoot(): Promise<PutResult>;
}
