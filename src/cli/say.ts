import { plainLine } from './text.js';

/** Prints a line for whoever asked. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints one JSON object, a line. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}

/** Prints a line that is no result: a remark, or an error. */
export function tell(message: string): void {
  process.stderr.write(`markerfs: ${plainLine(message)}\n`);
}
