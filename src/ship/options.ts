import type { DeleteLimit } from '../volume/delete-limit.js';
import type { PassResult } from './commit.js';
import type { Rehearsal } from './rehearsal.js';

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
  /** A pass that would delete more than this on a slave at once fails before it does. */
  readonly maxDelete?: DeleteLimit;
  /** Whatever is to be deleted is, also where the source is empty. */
  readonly confirmDeletes?: boolean;
  /** Nothing is changed, neither the slaves nor what is known of them: what a pass would do is told. */
  readonly rehearsal?: Rehearsal;
  /** The rsync program; for tests. */
  readonly rsync?: string;
}
