import type { Xtime } from '../marker/mark.js';
import type { BytePath } from '../slave/path.js';
import { type Entry, type ObjectId, objectId } from '../slave/slave.js';
import type { Source } from './source.js';
import { isFile } from './transfer/units.js';

/** When a file that is still being written is shipped; microseconds. */
export interface Patience {
  /** Once nobody has written to it for so long, */
  readonly settleUs: number;
  /** or after so long a time since the first change that the slave lacks. */
  readonly maxDelayUs: number;
  /** The wall clock, which files have their times from. */
  readonly nowUs: () => number;
}

/** A file waits at most so many times as long as nobody may have written to it, if nothing else is set. */
const MOST_TIMES = 10;

/** By what a user has set, milliseconds; undefined where files do not wait. */
export function patienceOf(settleMs: number | undefined, maxDelayMs: number | undefined): Patience | undefined {
  if (settleMs === undefined) return undefined;
  const settleUs = settleMs * 1000;
  const maxDelayUs = maxDelayMs === undefined ? settleUs * MOST_TIMES : maxDelayMs * 1000;
  return { settleUs, maxDelayUs, nowUs: () => Date.now() * 1000 };
}

/** A file that is not shipped yet. */
export interface Wait {
  /** The first change that the slave lacks is not before this. */
  readonly sinceUs: Xtime;
  /** Then it is shipped, if nobody writes to it any more, and at the latest. */
  readonly nextTryUs: number;
}

/** Why such a file is not shipped. */
export const STILL_WRITTEN = 'it is still being written';

/** A time of a file that is further ahead of the clock tells nothing: somebody has set it, or the clock. */
const MOST_AHEAD_US = 1e6;

/** Which files are still being written in the time of one pass: for each object, and so for all names that it has, as it was seen first. */
export class Busy {
  readonly #seen = new Map<ObjectId, Wait | undefined>();

  /** `stimeUs`: the slave has all up to then; `timeUs`: the pass's barrier. Undefined: no file waits. */
  constructor(
    private readonly source: Pick<Source, 'marks'>,
    private readonly patience: Patience | undefined,
    private readonly stimeUs: Xtime,
    private readonly timeUs: Xtime,
  ) {}

  /** How long an object of the source waits; undefined where it does not. `sinceUs`: see Wait, as far as it is known. */
  waitOf(path: BytePath, entry: Entry, sinceUs: Xtime | undefined): Wait | undefined {
    if (!this.patience || !isFile(entry)) return undefined;
    const id = objectId(entry);
    if (!this.#seen.has(id)) this.#seen.set(id, this.#look(path, entry, sinceUs, this.patience));
    return this.#seen.get(id);
  }

  #look(path: BytePath, entry: Entry, since: Xtime | undefined, patience: Patience): Wait | undefined {
    const writtenUs = Number(entry.mtimeSec) * 1e6 + entry.mtimeNsec / 1000;
    const agoUs = patience.nowUs() - writtenUs;
    if (agoUs >= patience.settleUs || agoUs < -MOST_AHEAD_US) return undefined;
    // The record comes after the mark, and it is the mark that a sync point speaks of.
    const { xtime = Number.POSITIVE_INFINITY } = this.source.marks(path);
    const sinceUs = Math.min(since ?? this.stimeUs + 1, xtime);
    const latestUs = sinceUs + patience.maxDelayUs;
    if (this.timeUs >= latestUs) return undefined;
    return { sinceUs, nextTryUs: Math.ceil(Math.min(writtenUs + patience.settleUs, latestUs)) };
  }
}
