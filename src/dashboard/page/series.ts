import type { History, Point, Range } from './messages.js';

const SPAN_MS: Readonly<Record<Range, number>> = { minutes: 10 * 60_000, day: 24 * 3_600_000 };

type Values = (number | null)[];

/** What the plots show, by column. */
export class Series {
  range: Range = 'minutes';
  timesMs: number[] = [];
  operations: Values = [];
  readonly lag = new Map<string, Values>();
  readonly rate = new Map<string, Values>();

  get spanMs(): number {
    return SPAN_MS[this.range];
  }

  /** A history that is short fills the plot all the same, but for the first minute of one. */
  get shownMs(): number {
    const sofar = (this.timesMs.at(-1) ?? 0) - (this.timesMs[0] ?? 0);
    return Math.min(this.spanMs, Math.max(sofar, SPAN_MS[this.range] / 10));
  }

  replace({ range, timesMs, operations, slaves }: History): void {
    this.range = range;
    this.timesMs = [...timesMs];
    this.operations = [...operations];
    this.lag.clear();
    this.rate.clear();
    for (const [name, { lag, rate }] of Object.entries(slaves)) {
      this.lag.set(name, [...lag]);
      this.rate.set(name, [...rate]);
    }
  }

  append({ range, timeMs, operations, slaves }: Point): void {
    if (range !== this.range || timeMs <= (this.timesMs.at(-1) ?? 0)) return;
    for (const name of Object.keys(slaves)) {
      for (const columns of [this.lag, this.rate]) {
        if (!columns.has(name))
          columns.set(
            name,
            this.timesMs.map(() => null),
          );
      }
    }
    this.timesMs.push(timeMs);
    this.operations.push(operations);
    for (const [name, values] of this.lag) values.push(slaves[name]?.lag ?? null);
    for (const [name, values] of this.rate) values.push(slaves[name]?.rate ?? null);
    this.#forget(timeMs - this.spanMs);
  }

  #forget(beforeMs: number): void {
    const old = this.timesMs.findIndex((timeMs) => timeMs >= beforeMs);
    if (old <= 0) return;
    for (const values of [this.timesMs, this.operations, ...this.lag.values(), ...this.rate.values()])
      values.splice(0, old);
    for (const [name, values] of this.lag) {
      if (values.some((value) => value !== null)) continue;
      // Removed, and its last point is out of sight.
      if (this.rate.get(name)?.some((value) => value !== null)) continue;
      this.lag.delete(name);
      this.rate.delete(name);
    }
  }
}
