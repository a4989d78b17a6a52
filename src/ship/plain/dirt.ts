import type { Xtime } from '../../marker/mark.js';
import type { BytePath } from '../../slave/path.js';
import type { ObjectId } from '../../slave/slave.js';
import type { PendingPath } from '../../volume/pending.js';
import { type Effort, greater } from '../fold/node.js';

/** A path that may differ between source and slave. */
export interface Spot {
  readonly effort: Exclude<Effort, 'none'>;
  /**
   * Nothing is known of what the slave has there: everything below may differ too, and what is there may be another
   * name of something else.
   */
  readonly whole: boolean;
  /** It is here because a pass before could not bring it, and for no other reason. */
  readonly pending?: PendingPath | undefined;
  /** The first change that the slave lacks is not before this; undefined: not before the sync point. */
  readonly sinceUs?: Xtime | undefined;
}

/**
 * Where a slave may differ from the source: paths, not objects. A rename is two paths at which anything may stand by
 * now, so that nothing has to be known of where the slave has what.
 */
export class Dirt {
  readonly spots = new Map<BytePath, Spot>();
  /** Directories in which the slave may have names that the source does not have. */
  readonly sweeps = new Set<BytePath>();
  /** Objects that changed under a name that may be another's by now. */
  readonly changed = new Set<ObjectId>();

  /** The object at a path changed, as a record of this time tells first. */
  touch(path: BytePath, effort: Spot['effort'], sinceUs?: Xtime): void {
    const before = this.spots.get(path);
    this.spots.set(path, {
      effort: before ? (greater(before.effort, effort) as Spot['effort']) : effort,
      whole: before?.whole ?? false,
      sinceUs: before ? before.sinceUs : sinceUs,
    });
  }

  /** Another object, or none, is at a path. */
  replace(path: BytePath, sinceUs?: Xtime): void {
    const before = this.spots.get(path);
    this.spots.set(path, { effort: 'write', whole: true, sinceUs: before ? before.sinceUs : sinceUs });
  }

  /** A path that a pass before could not bring, or that is to be looked at: for which rsync has to compare all of it. */
  pend(path: BytePath, pending: PendingPath): void {
    if (pending.kind === 'look') {
      this.spots.set(path, { effort: 'compare', whole: true });
      return;
    }
    this.spots.set(path, { effort: 'write', whole: pending.whole, pending, sinceUs: pending.sinceUs });
    this.sweeps.add(path);
  }
}
