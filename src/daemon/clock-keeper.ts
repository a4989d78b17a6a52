import { HybridClock, type WallClock, wallClock } from '../marker/clock.js';
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
  #session: number | undefined;

  constructor(
    memory: SharedArrayBuffer,
    private readonly state: State,
    /** What the source's root carries. */
    newestMark: Xtime,
    private readonly wall: WallClock = wallClock,
  ) {
    this.clock = new HybridClock(memory, wall);
    const last = state.sessions.lastSession();
    const reached = last?.clean ? (last.endedUs ?? 0) : state.clock.readCeiling() + slackUs;
    const syncPoints = state.slaves.list().map(({ stimeUs }) => stimeUs);
    this.startedUs = Math.max(wall(), reached, newestMark, ...syncPoints) + 1;
    this.clock.start(this.startedUs, this.#raise());
    this.#timer = setInterval(() => this.keepAhead(), periodMs);
    this.#timer.unref();
  }

  /** From now on notes with each ceiling that this session runs: if it is killed, people want to know since when. */
  watch(session: number): void {
    this.#session = session;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Writes the ceiling ahead of the wall clock; done each minute. While it cannot be written, or the wall clock has
   * jumped ahead of it, the clock stands still below it, which is safe.
   */
  keepAhead(): void {
    try {
      this.clock.raiseCeiling(this.#raise());
      if (this.#session !== undefined) this.state.sessions.see(this.#session, this.clock.now());
    } catch (error) {
      log('warn', `Cannot write the clock's ceiling: ${errorCause(error)}`);
    }
  }

  /** Written first, used then. */
  #raise(): Xtime {
    const ceilingUs = Math.max(this.wall(), this.startedUs) + leadUs;
    this.state.clock.writeCeiling(ceilingUs);
    return Math.max(ceilingUs, this.state.clock.readCeiling());
  }
}
