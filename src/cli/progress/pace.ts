/** How far something is, or how much of it there is. */
export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

interface Moment extends Amount {
  readonly timeMs: number;
}

/** What is told of the pace is that of so long. */
const SPAN_MS = 30_000;

/** How fast something goes, and how long it is going to take. */
export class Pace {
  readonly #moments: [Moment, ...Moment[]];

  constructor(startedMs: number) {
    this.#moments = [{ timeMs: startedMs, objects: 0, bytes: 0 }];
  }

  /** Notes how far it is; times do not go back. */
  note(timeMs: number, { objects, bytes }: Amount): void {
    const moments = this.#moments;
    moments.push({ timeMs, objects, bytes });
    while (moments.length > 2 && moments[1]!.timeMs <= timeMs - SPAN_MS) moments.shift();
  }

  get bytesPerSecond(): number {
    return this.#speed(({ bytes }) => bytes);
  }

  get objectsPerSecond(): number {
    return this.#speed(({ objects }) => objects);
  }

  /** Undefined where nobody can tell. */
  secondsLeft(total: Amount): number | undefined {
    const share = shareOf(this.#moments.at(-1)!, total);
    const speed = this.#speed((moment) => shareOf(moment, total) ?? 0);
    return share === undefined || share > 1 || speed <= 0 ? undefined : (1 - share) / speed;
  }

  /** A second. */
  #speed(measure: (moment: Moment) => number): number {
    const [first] = this.#moments;
    const last = this.#moments.at(-1)!;
    if (first.timeMs === last.timeMs) return 0;
    return ((measure(last) - measure(first)) * 1000) / (last.timeMs - first.timeMs);
  }
}

/** Objects and bytes both take their time. Undefined where there is nothing of either. */
function shareOf(done: Amount, total: Amount): number | undefined {
  const parts = [done.objects / total.objects, done.bytes / total.bytes].filter((part) => !Number.isNaN(part));
  return parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + part, 0) / parts.length;
}
