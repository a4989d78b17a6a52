import type { Outlook } from '../../ship/report/outlook.js';
import { tell } from '../say.js';
import { clearLine, drawLine } from './line.js';
import { Pace } from './pace.js';
import { PATIENCE_MS } from './patience.js';
import type { Place } from './place.js';
import { type Doing, describe, drawn, plain, type Told } from './words.js';

/** When and how often it is told, in milliseconds. */
export interface Times {
  /** What takes no longer is not shown. */
  readonly patience: number;
  readonly redraw: number;
  /** Between two lines in a log, and before the first. */
  readonly line: number;
}

const TIMES: Times = { patience: PATIENCE_MS, redraw: 250, line: 60_000 };

/** Of each redraw's time so much is spent on counting what there is to do: the work itself needs the rest. */
const COUNTING_MS = 25;

export interface Shown {
  readonly doing: Doing;
  /** How much there is to do; asked for once, when it is shown. */
  readonly outlook: () => Outlook;
}

/** What is long under way now. */
export type Look = () => readonly Shown[];

/** What is remembered of something from one look to the next. */
interface Seen {
  readonly startedMs: number;
  readonly outlook: Outlook;
  readonly pace: Pace;
  linesToldMs: number;
}

/**
 * Shows how far long things are: in one line of the terminal, or as a line now and then in a log.
 * Looks at them, and they know nothing of it.
 */
export class ProgressView {
  readonly #seen = new Map<string, Seen>();
  readonly #timer: NodeJS.Timeout;

  /** Begins to look. */
  constructor(
    private readonly look: Look,
    private readonly place: Exclude<Place, 'pipe'>,
    private readonly times: Times = TIMES,
  ) {
    this.#timer = setInterval(() => this.#tick(), times.redraw).unref();
  }

  /** Takes it all away. */
  end(): void {
    clearInterval(this.#timer);
    for (const { outlook } of this.#seen.values()) outlook.close();
    this.#seen.clear();
    clearLine();
  }

  #tick(): void {
    const nowMs = Date.now();
    const long = this.look().filter(({ doing }) => nowMs - doing.startedMs >= this.times.patience);
    this.#forget(long);
    const told = long.map((shown) => this.#see(shown, nowMs));
    if (told.length === 0) clearLine();
    else if (this.place === 'terminal') drawLine(drawn(told, process.stderr.columns || 80));
  }

  /** What is not there any more, or has begun anew. */
  #forget(shown: readonly Shown[]): void {
    const there = new Map(shown.map(({ doing }) => [doing.what, doing.startedMs]));
    for (const [what, { startedMs, outlook }] of this.#seen) {
      if (there.get(what) === startedMs) continue;
      outlook.close();
      this.#seen.delete(what);
    }
  }

  #see({ doing, outlook }: Shown, nowMs: number): Told {
    const { what, startedMs, done } = doing;
    const known = this.#seen.get(what);
    const seen: Seen = known ?? { startedMs, outlook: outlook(), pace: new Pace(startedMs), linesToldMs: startedMs };
    if (!known) this.#seen.set(what, seen);
    seen.outlook.count(COUNTING_MS);
    const total = seen.outlook.isComplete ? seen.outlook : undefined;
    seen.pace.note(nowMs, done);
    const told = describe(doing, nowMs, seen.pace, total);
    if (this.place === 'log' && nowMs - seen.linesToldMs >= this.times.line) {
      seen.linesToldMs = nowMs;
      tell(plain(told));
    }
    return told;
  }
}
