import type { Xtime } from '../../marker/mark.js';
import type { BarrierTime } from '../../volume/barriers.js';

/** The kernel's times of inodes come from its tick, which may be so far behind the clock: HZ is 100 at least. */
const TICK_US = 10_000;

/**
 * From when on a change of an object would have needed another mark than it has. An object is marked once between two
 * barriers, so the times of its later changes are no older than the first barrier after its mark. A change that is, and
 * did not come with a mark, was made behind the mount.
 *
 * The wall clock may have been set back since: the earliest that it showed at any later barrier, or shows now, counts.
 */
export class Renewals {
  readonly #times: Xtime[];
  /** For each barrier, the earliest wall clock of it and the later ones. */
  readonly #walls: number[];

  constructor(barriers: readonly BarrierTime[], nowUs: number) {
    this.#times = barriers.map(({ timeUs }) => timeUs);
    let earliest = nowUs;
    this.#walls = barriers.map(() => 0);
    for (let at = barriers.length - 1; at >= 0; at--) {
      earliest = Math.min(earliest, barriers[at]!.wallUs);
      this.#walls[at] = earliest;
    }
  }

  /** Whether a change at this time by the wall clock should have left a mark that is newer than `xtime`. */
  isUnmarked(changedUs: number, xtime: Xtime | undefined): boolean {
    return changedUs + TICK_US > (this.#walls[this.#firstFrom(xtime ?? 0)] ?? Number.POSITIVE_INFINITY);
  }

  /** The first barrier at or after a time. */
  #firstFrom(timeUs: Xtime): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle]! < timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
