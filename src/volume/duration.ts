const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** What a timer of Node's takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds of `500ms`, `30s`, `5m`, `1h`, `1d`; undefined where it is no such time, or longer than 24 days. */
export function durationMs(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
  return milliseconds > 0 && milliseconds <= LONGEST_MS ? milliseconds : undefined;
}

/** The same backwards, in the largest unit that it is a whole number of. */
export function durationText(milliseconds: number): string {
  const unit = Object.keys(UNITS).findLast((name) => milliseconds % UNITS[name]! === 0) ?? 'ms';
  return `${milliseconds / UNITS[unit]!}${unit}`;
}
