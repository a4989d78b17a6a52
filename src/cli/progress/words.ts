import { styleText } from 'node:util';
import truncatedWidth from 'fast-string-truncated-width';
import { type BytePath, toBytes } from '../../slave/path.js';
import { showDuration } from '../duration.js';
import { count, showBytes, showName } from '../text.js';
import type { Amount, Pace } from './pace.js';

/** Something long that is under way. */
export interface Doing {
  /** What, such as `copy: initial`. */
  readonly what: string;
  readonly startedMs: number;
  readonly done: Amount;
  readonly deleted?: number;
  /** What it is at; undefined where there is nothing to name. */
  readonly path?: BytePath | undefined;
}

/** What is told of it: how far it is, and where. */
export interface Told {
  readonly what: string;
  readonly state: string;
  readonly at: string;
}

/** `total`: all that there is to do, where that is known. */
export function describe(
  { what, startedMs, done, deleted = 0, path }: Doing,
  nowMs: number,
  pace: Pace,
  total?: Amount,
): Told {
  const isBegun = done.objects > 0 || done.bytes > 0;
  const isFewer = isBegun && total !== undefined && done.objects <= total.objects && done.bytes <= total.bytes;
  const objects = isFewer
    ? `${done.objects.toLocaleString('en-US')} of ${count(total.objects, 'object')}`
    : count(done.objects, 'object');
  const bytes = isFewer ? `${showBytes(done.bytes)} of ${showBytes(total.bytes)}` : showBytes(done.bytes);
  const left = isFewer ? pace.secondsLeft(total) : undefined;
  const state = [
    ...(done.objects > 0 || isFewer ? [objects] : []),
    ...(done.bytes > 0 ? [bytes] : []),
    ...(deleted > 0 ? [`${deleted.toLocaleString('en-US')} deleted`] : []),
    ...(done.bytes > 0 ? [`${showBytes(Math.round(pace.bytesPerSecond))}/s`] : objectRate(pace)),
    left === undefined ? showDuration((nowMs - startedMs) / 1000) : `${showDuration(left)} left`,
  ];
  return { what, state: state.join(', '), at: path === undefined ? '' : showName(toBytes(path)) };
}

function objectRate({ objectsPerSecond }: Pace): string[] {
  return objectsPerSecond > 0 ? [`${Math.round(objectsPerSecond).toLocaleString('en-US')}/s`] : [];
}

/** A line of a log. */
export function plain({ what, state, at }: Told): string {
  return `${what}: ${state}${at === '' ? '' : `, at ${at}`}`;
}

type Part = readonly [format: Parameters<typeof styleText>[0] | undefined, text: string];

/** A line of a terminal of this width; where there are several, they share it, and have no room for paths. */
export function drawn(told: readonly Told[], columns: number): string {
  const [first] = told;
  const parts: Part[] =
    told.length === 1 && first
      ? [...partsOf(first), ['dim', first.at === '' ? '' : `  ${first.at}`]]
      : told.flatMap((one, at): Part[] => [[undefined, at > 0 ? '  ' : ''], ...partsOf(one)]);
  // A character in the last column would begin another line on some terminals.
  return cut(parts, columns - 1);
}

function partsOf({ what, state }: Told): Part[] {
  return [
    ['bold', what],
    [undefined, ` ${state}`],
  ];
}

/** Cuts what does not fit; colours take no room. */
function cut(parts: readonly Part[], width: number): string {
  let room = width;
  let line = '';
  for (const [format, text] of parts) {
    const { index, width: taken, ellipsed } = truncatedWidth(text, { limit: room, ellipsis: '…' });
    const shown = `${text.slice(0, index)}${ellipsed ? '…' : ''}`;
    line += format && shown !== '' ? styleText(format, shown, { stream: process.stderr }) : shown;
    if (index < text.length) break;
    room -= taken;
  }
  return line;
}
