import type { Unit } from './units.js';

/** What became of a list of units. */
export interface PutResult {
  readonly verdict: 'done' | 'vanished' | 'partial';
  /** Why, where it is `partial`. */
  readonly reason: string;
  readonly bytes: number;
  /** See {@link Counts}; undefined where nobody counts. */
  readonly wireBytes?: number;
  readonly unchanged?: number;
}

/** Brings content and attributes to a slave. Throws PassError where the pass cannot go on. */
export interface Transfer {
  /** How many lists may be under way at once. */
  readonly jobs: number;
  /** Paths in one list; undefined: as many as are good for rsync. */
  readonly mostPaths?: number;
  /** Files of this size are written in place; undefined: none, however large. */
  readonly hugeBytes?: number | undefined;
  /**
   * All units with the same effort. `backup`: a folder of the slave for what they replace. Only `done` says that they arrived. `inPlace`: files are written where they are to
   * be, not beside and then renamed. `onBytes` is told now and then how much of the content has been sent.
   */
  put(units: readonly Unit[], inPlace: boolean, backup?: string, onBytes?: (bytes: number) => void): Promise<PutResult>;
  /** The attributes of the root directory itself. */
  putRoot(): Promise<PutResult>;
}
