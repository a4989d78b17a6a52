import type { Base } from '../slave/manifest.js';
import { type BytePath, isState, parentOf } from '../slave/path.js';
import type { ObjectId, Slave } from '../slave/slave.js';
import type { PendingPath } from '../volume/pending.js';
import type { Effort, Node } from './fold/node.js';
import type { Overlay } from './fold/overlay.js';
import type { Source } from './source.js';
import type { Transfer } from './transfer/transfer.js';

/** How a pass found what is dirty. */
export type Crawl = 'initial' | 'walk' | 'journal';

/** A path that may have to be shipped. `none`: only if what the slave has there looks different. */
export interface Candidate {
  readonly path: BytePath;
  readonly effort: Effort;
  readonly node?: Node;
}

/** A path that the next pass takes up. */
export interface Later {
  readonly kind: 'failed' | 'moved';
  readonly whole: boolean;
  readonly reason: string;
  /** It was not tried: its time has not come. */
  readonly waiting?: PendingPath;
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
}

/** One pass under way: where it works, what it has found, and what it leaves for the next one. */
export class Work {
  readonly counts: Counts = { considered: 0, shipped: 0, renamed: 0, deleted: 0, bytes: 0 };
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
  /** Objects of the source that changed and of which no name is known: all that they have are to be looked at. */
  readonly strays = new Set<ObjectId>();

  constructor(
    readonly source: Source,
    readonly slave: Slave,
    readonly transfer: Transfer,
    readonly links: LinkIndex,
    readonly crawl: Crawl,
    readonly base: Base,
    /** The last record that this pass covers. */
    readonly head: number,
    /** What the records say; undefined where the pass does not follow the journal. */
    readonly overlay?: Overlay,
    /** What failed before waits until its time has come; this is now. Undefined: it does not wait. */
    readonly patientUntilUs?: number,
  ) {}

  /** Notes an object that only the slave has. */
  drop(path: BytePath): void {
    if (isState(path)) return;
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

  /** Leaves a path that failed before as it is, where its time has not come. */
  leaveWaiting({ path, node }: Candidate): boolean {
    const pending = node?.pending;
    if (pending?.kind !== 'failed' || this.patientUntilUs === undefined || pending.nextTryUs <= this.patientUntilUs)
      return false;
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
