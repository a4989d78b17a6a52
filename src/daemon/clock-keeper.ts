import { HybridClock, wallClock } from '../marker/clock.js';
import type { Xtime } from '../marker/mark.js';
import { errorCause } from '../volume/errors.js';
import type { State } from '../volume/state.js';
import { log } from './log.js';

/** How far ahead of the wall clock the ceiling is written, and how often. */
const leadUs = 180_000_000;
const periodMs = 60_000;
/** Barriers may pass the ceiling by a microsecond each. */
const slackUs = 1_000_000;

/**
 * Starts the volume's clock where no earlier mark or sync point lies after it, and keeps its ceiling written ahead of
 * it. After an orderly end the last session's end says how far the clock had come; after any other, only the ceiling
 * does.
 */
export class ClockKeeper {
  readonly clock: HybridClock;
  readonly startedUs: Xtime;
  readonly #timer: NodeJS.Timeout;

  constructor(
    memory: SharedArrayBuffer,
    private readonly state: State,
  ) {
    this.clock = new HybridClock(memory);
    const last = state.sessions.lastSession();
    const reached = last?.clean ? (last.endedUs ?? 0) : state.clock.readCeiling() + slackUs;
    const syncPoints = state.slaves.list().map(({ stimeUs }) => stimeUs);
    this.startedUs = Math.max(wallClock(), reached, ...syncPoints) + 1;
    this.clock.start(this.startedUs, this.#raise());
    this.#timer = setInterval(() => this.#tryRaise(), periodMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** While the ceiling cannot be written the clock stands still below it, which is safe; it is tried again. */
  #tryRaise(): void {
    try {
      this.clock.raiseCeiling(this.#raise());
    } catch (error) {
      log(`Cannot write the clock's ceiling: ${errorCause(error)}`);
    }
  }

  /** Written first, used then. */
  #raise(): Xtime {
    const ceilingUs = Math.max(wallClock(), this.startedUs) + leadUs;
    this.state.clock.writeCeiling(ceilingUs);
    return Math.max(ceilingUs, this.state.clock.readCeiling());
  }
}
