import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState } from '../../slave/path.js';
import type { PlainSlave } from '../../slave/slave.js';
import { Busy, STILL_WRITTEN } from '../busy.js';
import type { Source } from '../source.js';
import type { Unit } from '../transfer/units.js';
import { type Crawl, type Later, type LinkIndex, noCounts, type Shipment, type Wanted } from '../work.js';
import type { Spot } from './dirt.js';
import type { PlainTransfer } from './transfer.js';

/** One pass under way for a slave that only rsync can reach. */
export class PlainWork implements Shipment {
  readonly counts = noCounts();
  readonly later = new Map<BytePath, Later>();
  /** Paths that the source does not have. */
  readonly missing = new Set<BytePath>();
  root = false;
  readonly busy: Busy;

  constructor(
    readonly source: Source,
    readonly slave: PlainSlave,
    readonly transfer: PlainTransfer,
    readonly links: LinkIndex,
    readonly crawl: Crawl,
    readonly wanted: Wanted,
    stimeUs: Xtime,
    timeUs: Xtime,
    /** Writes down, before they are changed, paths that the next pass takes up if this one is cut. */
    readonly remember: (paths: Iterable<BytePath>) => void,
  ) {
    this.busy = new Busy(source, this.isFirst ? undefined : wanted.patience, stimeUs, timeUs);
  }

  get isFirst(): boolean {
    return this.crawl === 'initial';
  }

  arrive(): void {}

  /** See {@link Work.keepMarks}. */
  keepMarks(): void {
    if (this.crawl === 'walk') this.source.flush();
  }

  /** rsync gives all directories above a path their times. */
  wrote(): void {}

  /** See {@link Work.fail}. */
  fail(path: BytePath, reason: string, whole = false): void {
    this.later.set(path, { kind: 'failed', whole: whole || (this.later.get(path)?.whole ?? false), reason });
  }

  /** Its records are after this pass's head, and the next pass follows them. */
  moved(): void {}

  vanished(path: BytePath): void {
    if (!isState(path) && !this.source.selection.excludesAnyKind(path)) this.missing.add(path);
  }

  /** See {@link Work.leaveBusy}. */
  leaveBusy({ items }: Unit): boolean {
    const busy = this.busy.waitOf(items[0]!.path, items[0]!.entry, undefined);
    // What the slave has at these names may be anything.
    if (busy)
      for (const { path } of items) this.later.set(path, { kind: 'busy', whole: true, reason: STILL_WRITTEN, busy });
    return busy !== undefined;
  }

  /** Leaves a path that failed before as it is, where its time has not come. */
  leaveWaiting(path: BytePath, { pending }: Spot): boolean {
    const { patientUntilUs } = this.wanted;
    if (pending?.kind !== 'failed' || patientUntilUs === undefined || pending.nextTryUs <= patientUntilUs) return false;
    this.later.set(path, { kind: 'failed', whole: pending.whole, reason: pending.reason, waiting: pending });
    return true;
  }
}
