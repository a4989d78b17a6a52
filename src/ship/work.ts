import type { Xtime } from '../marker/mark.js';
import type { Base } from '../slave/manifest.js';
import { type BytePath, isState, parentOf } from '../slave/path.js';
import type { Entry, ObjectId, PlainSlave, Slave } from '../slave/slave.js';
import type { DeleteLimit } from '../volume/delete-limit.js';
import type { PendingPath } from '../volume/pending.js';
import { Busy, type Patience, STILL_WRITTEN, type Wait } from './busy.js';
import type { Effort, Node } from './fold/node.js';
import type { Overlay } from './fold/overlay.js';
import type { Selection } from './selection/selection.js';
import type { SelectedSlave } from './selection/slave.js';
import type { Source } from './source.js';
import type { Transfer } from './transfer/transfer.js';
import type { Item } from './transfer/units.js';

/** How a pass found what is dirty. */
export type Crawl = 'initial' | 'walk' | 'journal';

/** A path that may have to be shipped. `none`: only if what the slave has there looks different. */
export interface Candidate {
  readonly path: BytePath;
  readonly effort: Effort;
  readonly node?: Node;
  /** The slave's list of the directory lacks it, and the pass has written nothing there since. */
  readonly isAbsent?: boolean;
  /** Given out in the order of a first copy, as what it was then. */
  readonly copied?: 'directory' | 'other';
}

/** A path that the next pass takes up. */
export interface Later {
  readonly kind: 'failed' | 'moved' | 'busy';
  readonly whole: boolean;
  readonly reason: string;
  /** It was not tried: its time has not come. */
  readonly waiting?: PendingPath;
  /** Of what is busy. */
  readonly busy?: Wait;
}

/** The names of an object that the volume's index knows. */
export interface LinkIndex {
  namesOf(dev: number, ino: bigint): BytePath[];
  add(path: BytePath, dev: number, ino: bigint): void;
}

export interface Counts {
  considered: number;
  shipped: number;
  renamed: number;
  deleted: number;
  bytes: number;
  /** Files that were compared, and whose content was right. */
  unchanged: number;
  /** All that went between the rsyncs: lists of files and checksums too. */
  wireBytes: number;
}

export function noCounts(): Counts {
  return { considered: 0, unchanged: 0, shipped: 0, renamed: 0, deleted: 0, bytes: 0, wireBytes: 0 };
}

/** What a pass leaves: for the next one, and for people. */
export interface Shipped {
  readonly source: Source;
  readonly slave: Slave | PlainSlave;
  readonly counts: Counts;
  readonly later: ReadonlyMap<BytePath, Later>;
  readonly wanted: Wanted;
  readonly overlay?: Overlay | undefined;
}

/** What the transfer of units needs of a pass, and tells it. */
export interface Shipment {
  readonly crawl: Crawl;
  readonly source: Source;
  readonly transfer: Transfer;
  readonly counts: Counts;
  root: boolean;
  /** Nobody takes the slave for a copy before its first pass is complete. */
  readonly isFirst: boolean;
  keepMarks(): void;
  /** These are on the slave. */
  arrive(items: readonly Item[]): void;
  wrote(path: BytePath, isDirectory: boolean): void;
  fail(path: BytePath, reason: string, whole?: boolean): void;
  moved(path: BytePath, whole: boolean): void;
  vanished(path: BytePath): void;
}

/** What follows a first copy, so that it need not begin anew if it is cut. */
export interface CopyWatch {
  /** A candidate is given out. */
  give(work: Work, candidate: Candidate): Promise<void>;
  /** It was looked at: nothing is to be done, or what is to be done is noted elsewhere. */
  settle(candidate: Candidate): void;
  /** These are on the slave. */
  arrive(items: readonly Item[]): void;
}

/** What the user wants of a pass. */
export interface Wanted {
  /** What failed before waits until its time has come; this is now. Undefined: it does not wait. */
  readonly patientUntilUs?: number | undefined;
  /** More is not deleted on the slave; undefined: all that there is may be. */
  readonly limit?: DeleteLimit | undefined;
  /** What the source has no more stays on the slave, unless something else comes in its place. */
  readonly keepsDeleted?: boolean | undefined;
  /** Files that are still being written wait; undefined: none does. */
  readonly patience?: Patience | undefined;
}

/** One pass under way: where it works, what it has found, and what it leaves for the next one. */
export class Work implements Shipment, Shipped {
  readonly counts = noCounts();
  /** Paths that the slave has and the source has not. */
  readonly deletes = new Set<BytePath>();
  /** Paths that are not there any more: gone, unless a rename of this pass's time took them. */
  readonly doubtful = new Set<BytePath>();
  /** Directories whose time something in this pass changes on the slave. */
  readonly directories = new Set<BytePath>();
  readonly later = new Map<BytePath, Later>();
  /** Names that no record and no mark told of: other names of an object that one did. */
  readonly named = new Set<BytePath>();
  /** The root's own attributes are to be shipped. */
  root = false;
  /** See Manifest. */
  readonly lost = new Set<BytePath>();
  readonly stale = new Set<ObjectId>();
  /** Paths at which the slave has something else that is left out, and that stays. */
  readonly blocked = new Set<BytePath>();
  /** Objects of the source that changed and of which no name is known: all that they have are to be looked at. */
  readonly strays = new Set<ObjectId>();
  readonly busy: Busy;

  constructor(
    readonly source: Source,
    readonly slave: SelectedSlave,
    readonly transfer: Transfer,
    readonly links: LinkIndex,
    readonly crawl: Crawl,
    readonly base: Base,
    /** What the pass covers: up to this time, and this record. */
    readonly timeUs: Xtime,
    readonly head: number,
    readonly wanted: Wanted,
    /** What the records say; undefined where the pass does not follow the journal. */
    readonly overlay?: Overlay,
    /** Where this is a first copy: what follows it. */
    readonly first?: CopyWatch,
    /** What the slave had of the source so far, where it was another selection: of the rest nothing is known. */
    readonly formerly?: Selection,
  ) {
    // Nobody takes the slave for a copy before its first pass is complete: that one waits for nothing.
    this.busy = new Busy(source, first ? undefined : wanted.patience, base.stimeUs, timeUs);
  }

  get isFirst(): boolean {
    return this.first !== undefined;
  }

  arrive(items: readonly Item[]): void {
    this.first?.arrive(items);
  }

  /**
   * Before the slave is changed: puts on the disk the marks by which a walk found what to do. They may be newer than the
   * barrier; if a power cut took them back together with their changes, no later walk would look there again.
   */
  keepMarks(): void {
    if (this.crawl === 'walk') this.source.flush();
  }

  /** Notes an object that only the slave has. */
  drop(path: BytePath): void {
    if (isState(path) || this.source.selection.excludesAnyKind(path)) return;
    this.deletes.add(path);
    this.directories.add(parentOf(path));
  }

  /** Notes that an object is written on the slave, so that its directory's time is set when all is done. */
  wrote(path: BytePath, isDirectory: boolean): void {
    if (path !== '') this.directories.add(parentOf(path));
    if (isDirectory) this.directories.add(path);
  }

  /** Notes a path that could not be brought over; it holds the sync point back. */
  fail(path: BytePath, reason: string, whole = false): void {
    this.later.set(path, { kind: 'failed', whole: whole || (this.later.get(path)?.whole ?? false), reason });
  }

  /** Leaves a file that is still being written for a later pass, if it is; answers whether. */
  leaveBusy({ path, node }: Candidate, entry: Entry): boolean {
    // What a pass before left for another reason may have changed at any time since the sync point.
    const busy = this.busy.waitOf(path, entry, node?.pending ? node.pending.sinceUs : node?.sinceUs);
    if (busy) this.later.set(path, { kind: 'busy', whole: false, reason: STILL_WRITTEN, busy });
    return busy !== undefined;
  }

  /** Leaves a path that failed before as it is, where its time has not come. */
  leaveWaiting({ path, node }: Candidate): boolean {
    const pending = node?.pending;
    const { patientUntilUs } = this.wanted;
    if (pending?.kind !== 'failed' || patientUntilUs === undefined || pending.nextTryUs <= patientUntilUs) return false;
    this.later.set(path, { kind: 'failed', whole: node?.whole ?? false, reason: pending.reason, waiting: pending });
    return true;
  }

  /**
   * Notes a path whose object was renamed meanwhile; its mark is newer than the sync point, which it does not hold
   * back.
   */
  moved(path: BytePath, whole: boolean): void {
    const before = this.later.get(path);
    if (before?.kind === 'failed') this.fail(path, before.reason, whole);
    else if (before?.kind === 'busy') this.later.set(path, { ...before, whole: whole || before.whole });
    else
      this.later.set(path, {
        kind: 'moved',
        whole: whole || (before?.whole ?? false),
        reason: 'renamed while the pass ran',
      });
  }

  /**
   * A path that was to be shipped is not there: renamed while the pass runs, and then the next fold carries it along;
   * or gone, which the records tell in the end.
   */
  missing({ path, node }: Candidate): void {
    if (this.deletes.has(path)) return;
    this.moved(path, node?.isUnknown ?? false);
    this.doubtful.add(path);
  }

  /** The same for a path that was found before. */
  vanished(path: BytePath): void {
    const node = this.overlay?.find(path);
    this.missing(node ? { path, effort: 'none', node } : { path, effort: 'none' });
  }

  /** Writes down what a later pass could not find out, before it is done. */
  async saveManifest(): Promise<void> {
    const { base, head } = this;
    const stale = [...this.stale];
    await this.slave.writeManifest({ base, head, stage: 'done', moves: [], lost: this.lostPaths(), stale });
  }

  /** All of the overlay that is whole: a fold that begins anew at `head` would not see why. */
  lostPaths(): BytePath[] {
    for (const node of this.overlay?.nodes() ?? []) if (node.whole && !node.gone) this.lost.add(node.path);
    return [...this.lost];
  }
}
