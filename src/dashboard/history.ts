import type { History as Columns, Point, Range, SlavePoint } from './page/messages.js';

type Moment = Omit<Point, 'range'>;

const SPAN_MS: Readonly<Record<Range, number>> = { minutes: 10 * 60_000, day: 24 * 3_600_000 };
const MINUTE_MS = 60_000;

/** The points of the plots, kept in memory: the last ten minutes as they were taken, the last day by the minute. */
export class History {
  readonly #points: Record<Range, Moment[]> = { minutes: [], day: [] };
  #minute: Moment[] = [];

  /** Takes a point up, and answers those that a page may append. */
  add(moment: Moment): Point[] {
    this.#append('minutes', moment);
    const added: Point[] = [{ range: 'minutes', ...moment }];
    const first = this.#minute[0];
    if (first && Math.floor(first.timeMs / MINUTE_MS) !== Math.floor(moment.timeMs / MINUTE_MS)) {
      const summary = summarize(this.#minute);
      this.#append('day', summary);
      added.push({ range: 'day', ...summary });
      this.#minute = [];
    }
    this.#minute.push(moment);
    return added;
  }

  columns(range: Range): Columns {
    // The minute that is under way counts too: a page that asks for the day sees something at once.
    const points =
      range === 'day' && this.#minute.length > 0 ? [...this.#points.day, summarize(this.#minute)] : this.#points[range];
    const names = new Set(points.flatMap(({ slaves }) => Object.keys(slaves)));
    const slaves = Object.fromEntries(
      [...names].map((name) => [
        name,
        {
          lag: points.map(({ slaves: of }) => of[name]?.lag ?? null),
          rate: points.map(({ slaves: of }) => of[name]?.rate ?? null),
        },
      ]),
    );
    return {
      range,
      timesMs: points.map(({ timeMs }) => timeMs),
      operations: points.map(({ operations }) => operations),
      slaves,
    };
  }

  #append(range: Range, moment: Moment): void {
    const points = this.#points[range];
    points.push(moment);
    const oldest = moment.timeMs - SPAN_MS[range];
    const keep = points.findIndex(({ timeMs }) => timeMs >= oldest);
    if (keep > 0) points.splice(0, keep);
  }
}

function summarize(moments: readonly Moment[]): Moment {
  const last = moments.at(-1)!;
  const slaves: Record<string, SlavePoint> = {};
  for (const name of Object.keys(last.slaves)) {
    const points = moments.flatMap(({ slaves: of }) => of[name] ?? []);
    const lags = points.flatMap(({ lag }) => lag ?? []);
    slaves[name] = {
      lag: lags.length > 0 ? Math.max(...lags) : null,
      rate: round(mean(points.map(({ rate }) => rate))),
    };
  }
  return { timeMs: last.timeMs, operations: round(mean(moments.map(({ operations }) => operations))), slaves };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** As much of a number as a plot shows: four digits. */
export function round(number: number): number {
  return Number(number.toPrecision(4));
}
