/** How names are shown to people: nothing that comes from a file name may do more than be read. */

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

/** A name of any bytes, for people: what is not printable UTF-8 stands as `\n`, `\xff`; a backslash as `\\`. */
export function showName(bytes: Uint8Array): string {
  const text = utf8(bytes);
  if (text !== undefined) return escapeUnsafe(text.replaceAll('\\', '\\\\'));
  return [...bytes].map((byte) => (byte < 0x20 || byte > 0x7e ? escapeByte(byte) : showAscii(byte))).join('');
}

function showAscii(byte: number): string {
  return byte === 0x5c ? '\\\\' : String.fromCharCode(byte);
}
