import { STATE_FOLDERS } from '../../slave/path.js';
import { ITEMIZE, type Item, itemsIn } from '../../slave/rsync/items.js';
import { UserError } from '../../volume/errors.js';
import { withoutKept } from '../selection/doomed.js';
import type { Selection } from '../selection/selection.js';
import type { RsyncOptions } from '../transfer/options.js';
import { runRsync } from '../transfer/run.js';

/** A path at which source and slave differ. */
export type Difference = Pick<Item, 'path' | 'aspects'>;

export interface Comparison {
  /** Objects of the source that were compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/**
 * Compares two trees whole: every byte of content and every attribute that is shipped. Nothing is written. Throws
 * UserError where rsync could not look at everything.
 */
export async function compareTrees(options: RsyncOptions, selection: Selection): Promise<Comparison> {
  const flags = ['--dry-run', '--checksum', '--delete', ...ITEMIZE];
  const hidden = STATE_FOLDERS.map((folder) => `--exclude=/${folder}`);
  const { status, reason, stdout } = await runRsync(options, [...flags, ...hidden]);
  if (status !== 0 && status !== VANISHED) {
    const { sourceName, target } = options;
    throw new UserError(`Cannot compare "${sourceName}" with "${target.destination}": rsync: ${reason}`);
  }
  const compared = /^Number of files: (\d+)/m.exec(stdout)?.[1];
  return { compared: Number(compared ?? 0), differences: selected(itemsIn(stdout), selection) };
}

function selected(items: readonly Item[], selection: Selection): Difference[] {
  const isExtra = ({ aspects }: Item): boolean => aspects.includes('extra');
  const extra = new Set(withoutKept(items.filter(isExtra), selection));
  const isMeant = (item: Item): boolean =>
    isExtra(item) ? extra.has(item.path) : !selection.excludes(item.path, item.isDirectory);
  return items.filter(isMeant).map(({ path, aspects }) => ({ path, aspects }));
}

/** rsync(1), EXIT VALUES: something was removed from the source meanwhile. */
const VANISHED = 24;
