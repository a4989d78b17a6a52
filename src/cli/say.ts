import { clearLine } from './progress/line.js';
import { plainLine } from './text.js';

/** Prints a line for whoever asked. */
export function say(line: string): void {
  clearLine();
  process.stdout.write(`${line}\n`);
}

/** Prints one JSON object, a line. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}

/** Prints a line that is no result: a remark, or an error. */
export function tell(message: string): void {
  clearLine();
  process.stderr.write(`markerfs: ${plainLine(message)}\n`);
}
