import type { BytePath } from '../../slave/path.js';
import type { PutResult, Transfer } from '../transfer/transfer.js';

export interface SweepResult extends PutResult {
  readonly deleted: number;
}

/**
 * What rsync alone can do to a slave. What stands in the way of a path that is put is replaced, whatever it is; symlinks
 * and special files that are to be written are made anew, never changed under all names that they have there.
 */
export interface PlainTransfer extends Transfer {
  /**
   * Removes from these directories what the source does not have in them (it has none of `hidden`), unless all `stays`,
   * and gives them their times.
   */
  sweep(directories: readonly BytePath[], hidden: readonly BytePath[], stays: boolean): Promise<SweepResult>;
  /** What a sweep would remove, all that is below too; undefined where rsync could not tell. */
  extras(directories: readonly BytePath[], hidden: readonly BytePath[]): Promise<BytePath[] | undefined>;
}
