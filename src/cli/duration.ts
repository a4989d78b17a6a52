import { InvalidArgumentError } from 'commander';
import { durationMs } from '../volume/duration.js';

/** Milliseconds of `500ms`, `30s`, `5m`, `1h`, `1d`; for commander. */
export function parseDuration(text: string): number {
  const milliseconds = durationMs(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError('wanted a time like 30s, 5m or 1h, of 24 days at most.');
}

/** `0.2 s`, `3 min 20 s`, `5 h 10 min`, `2 d 3 h`. */
export function showDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
