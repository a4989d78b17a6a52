import type { Xtime } from '../../marker/mark.js';
import { type BytePath, nameOf, parentOf } from '../../slave/path.js';
import type { Item } from '../transfer/units.js';
import type { Candidate, CopyWatch, Later, Work } from '../work.js';

/**
 * A place in the order of a first copy: directories in the order of a tree (see {@link copyAll}), and in each of them
 * what is no directory, by name. '' comes before all names.
 */
export interface CopyPlace {
  readonly directory: BytePath;
  readonly name: BytePath;
}

/** How far a first copy came; see {@link FirstCopyNote}. */
export interface Reached {
  readonly sinceUs: Xtime;
  readonly place: CopyPlace;
}

export interface FirstCopyPlan {
  /** What a pass that was cut has noted; this one goes on there. */
  readonly noted: Reached | undefined;
  /** Puts on the disk, as one, how far it is and what of that is not on the slave. */
  readonly note: (reached: Reached, later: ReadonlyMap<BytePath, Later>) => void;
  /** So long between two notes, milliseconds: each waits for the disks of both sides. */
  readonly pauseMs: number;
}

/** More paths under way are not noted: then the note before stays, and a pass that goes on there compares more. */
const MOST_UNDER_WAY = 100_000;
/** Of all time, no more than this part is spent on notes. */
const SHARE = 20;

/**
 * Follows a first copy and notes how far it came. Everything that was given out and did not arrive is noted beside the
 * place: what rsync has in hand, what failed, what waits for the other names of its object. (So the times of directories
 * need no note: each rsync that comes to its end sets those of all directories that it wrote in.)
 *
 * What changed after it was copied is marked later than the barrier of the first pass, and a pass that goes on walks
 * these marks in all that is before the place. A note is made when both sides are on the disk: after a power cut
 * neither can be older than it says, nor a mark missing of a change that the slave has.
 */
export class FirstCopy implements CopyWatch {
  readonly #underWay = new Set<BytePath>();
  #nextMs: number;

  constructor(
    private readonly plan: FirstCopyPlan,
    private readonly sinceUs: Xtime,
  ) {
    this.#nextMs = performance.now() + plan.pauseMs;
  }

  /** Makes a note where it is time. */
  async give(work: Work, { path, copied }: Candidate): Promise<void> {
    this.#underWay.add(path);
    // Not while a pass that goes on is still at what changed since.
    if (copied === undefined || performance.now() < this.#nextMs) return;
    const begunMs = performance.now();
    await this.#note(work, placeOf(path, copied));
    const nowMs = performance.now();
    this.#nextMs = nowMs + Math.max(this.plan.pauseMs, (nowMs - begunMs) * SHARE);
  }

  settle({ path }: Candidate): void {
    this.#underWay.delete(path);
  }

  arrive(items: readonly Item[]): void {
    for (const { path } of items) this.#underWay.delete(path);
  }

  async #note(work: Work, place: CopyPlace): Promise<void> {
    if (this.#underWay.size + work.deletes.size + work.later.size > MOST_UNDER_WAY) return;
    const paths = [...this.#underWay, ...work.deletes];
    work.source.flush();
    await work.slave.flush();
    const waiting = paths.map((path): [BytePath, Later] => [path, UNDER_WAY]);
    this.plan.note({ sinceUs: this.sinceUs, place }, new Map([...waiting, ...work.later]));
  }
}

const UNDER_WAY: Later = { kind: 'moved', whole: false, reason: 'under way when the first copy was cut' };

function placeOf(path: BytePath, copied: 'directory' | 'other'): CopyPlace {
  return copied === 'directory' ? { directory: path, name: '' } : { directory: parentOf(path), name: nameOf(path) };
}
