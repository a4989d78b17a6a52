import { CLOCK_REALTIME, check, native } from '../syscalls/index.js';
import type { Xtime } from './mark.js';

/**
 * The hybrid clock that marks are taken from, in memory shared by all threads: it follows the wall clock but never goes
 * back, and never passes its ceiling, a time that is written to the volume ahead of use. A daemon that starts after a
 * crash begins at the ceiling of the one before: later than every mark and every sync point that can exist, whatever
 * the wall clock does meanwhile.
 *
 * While the ceiling holds it back (the wall clock jumped ahead), it stands still; marks are then equal, which is in
 * order within an epoch.
 */
export class HybridClock {
  static readonly bytes = 16;

  readonly #words: BigInt64Array;
  readonly #timespec = Buffer.alloc(16);

  constructor(
    memory: SharedArrayBuffer,
    private readonly wall: WallClock = wallClock,
  ) {
    this.#words = new BigInt64Array(memory);
  }

  /** Sets where the clock begins; before any thread uses it. */
  start(us: Xtime, ceilingUs: Xtime): void {
    Atomics.store(this.#words, last, BigInt(us));
    this.raiseCeiling(ceilingUs);
  }

  /** The ceiling has been written to the volume, durably. */
  raiseCeiling(us: Xtime): void {
    Atomics.store(this.#words, ceiling, BigInt(us));
  }

  get ceiling(): Xtime {
    return Number(Atomics.load(this.#words, ceiling));
  }

  /** The time of a mark: not before any earlier one. */
  now(): Xtime {
    return this.#advance(0n);
  }

  /** The time of a barrier, T: no later call of {@link now} gives a time at or before it. */
  barrier(): Xtime {
    return this.#advance(1n) - 1;
  }

  /** Moves to the wall clock, or by `step` at least. */
  #advance(step: bigint): Xtime {
    const wall = BigInt(this.wall(this.#timespec));
    for (;;) {
      const before = Atomics.load(this.#words, last);
      const limit = Atomics.load(this.#words, ceiling);
      const following = wall < limit ? wall : limit;
      const next = following > before + step ? following : before + step;
      if (next === before || Atomics.compareExchange(this.#words, last, before, next) === before) return Number(next);
    }
  }
}

/** Microseconds since 1970. It may be handed a struct timespec to use. */
export type WallClock = (timespec?: Buffer) => Xtime;

/** Microseconds since 1970 by the wall clock, into and out of a struct timespec of the caller's. */
export function wallClock(timespec: Buffer = Buffer.alloc(16)): Xtime {
  check(native.clock_gettime(CLOCK_REALTIME, timespec), 'clock_gettime', 'CLOCK_REALTIME');
  const seconds = timespec.readUInt32LE(0) + timespec.readInt32LE(4) * 2 ** 32;
  return seconds * 1_000_000 + Math.floor(timespec.readUInt32LE(8) / 1000);
}

const last = 0;
const ceiling = 1;
