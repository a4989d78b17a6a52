/** How things are shown to people: on a terminal nothing that comes from a file name may do more than be read. */

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** Control characters (C0, DEL, C1) and what changes the direction or order of what is shown. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? [...Buffer.from(character)].map(escapeByte).join(''));
}

/** One line of text that may hold names: control characters are written as escapes. */
export function plainLine(text: string): string {
  return escapeUnsafe(text);
}

/** The text of these bytes where they are valid UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name of any bytes, for the terminal: what is not printable UTF-8 stands as `\n`, `\xff`; a backslash as `\\`. */
export function showName(bytes: Uint8Array): string {
  const text = utf8(bytes);
  if (text !== undefined) return escapeUnsafe(text.replaceAll('\\', '\\\\'));
  return [...bytes].map((byte) => (byte < 0x20 || byte > 0x7e ? escapeByte(byte) : showAscii(byte))).join('');
}

function showAscii(byte: number): string {
  return byte === 0x5c ? '\\\\' : String.fromCharCode(byte);
}

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

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `1.5 MB`, powers of 1000. */
export function showBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${UNITS[unit]}`;
}

/** `1 file`, `2 files`. */
export function count(number: number, thing: string): string {
  return `${number.toLocaleString('en-US')} ${thing}${number === 1 ? '' : 's'}`;
}

/** A table with its columns aligned, a line for each row. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((sofar, row) => row.map((cell, n) => Math.max(cell.length, sofar[n] ?? 0)), []);
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
