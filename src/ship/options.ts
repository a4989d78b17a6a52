import type { PassResult } from './commit.js';

export interface ShipOptions {
  /** Names of the slaves; all that are not paused where it is not given. */
  readonly slaves?: readonly string[];
  /** Go on until the signal: a pass for each slave, then this long until the next. */
  readonly intervalMs?: number;
  /**
   * Ends between steps, never in the middle of a sync point; rsync is ended with SIGTERM, and that pass does not count.
   */
  readonly signal?: AbortSignal;
  readonly onPass?: (result: PassResult) => void;
  /** The rsync program; for tests. */
  readonly rsync?: string;
}
