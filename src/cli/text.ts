import { stripVTControlCharacters } from 'node:util';
import { utf8 } from '../volume/names.js';

export { plainLine, showName, utf8 } from '../volume/names.js';

/** How things are shown to people. */

/**
 * A name in JSON: `{ [key]: text }`; where it is not valid UTF-8, the text has U+FFFD for what is not, and
 * `<key>Base64` has the bytes.
 */
export function jsonName(key: string, bytes: Uint8Array): Record<string, string> {
  const text = utf8(bytes);
  if (text !== undefined) return { [key]: text };
  const buffer = Buffer.from(bytes);
  return { [key]: buffer.toString(), [`${key}Base64`]: buffer.toString('base64') };
}

/** `2026-01-31 12:34:56.123456Z` for microseconds since 1970. */
export function showTime(timeUs: number): string {
  const millis = new Date(Math.floor(timeUs / 1000)).toISOString();
  const micros = String(timeUs % 1000).padStart(3, '0');
  return millis.replace('T', ' ').replace('Z', `${micros}Z`);
}

/** `2026-01-31 12:34:56Z`: for what nobody needs to the microsecond. */
export function showSecond(timeUs: number): string {
  return `${showTime(timeUs).slice(0, 19)}Z`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `1.5 MB`, powers of 1000. */
export function showBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${UNITS[unit]}`;
}

/** `1 file`, `2 files`. */
export function count(number: number, thing: string): string {
  // Not by toLocaleString, which reads all that is known of languages: 20 ms.
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, ',')} ${thing}${number === 1 ? '' : 's'}`;
}

/** The characters of a cell that are seen: colours take no room. */
function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

/** A table with its columns aligned, a line for each row. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((sofar, row) => row.map((cell, n) => Math.max(width(cell), sofar[n] ?? 0)), []);
  const pad = (cell: string, n: number) => cell + ' '.repeat(widths[n]! - width(cell));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
