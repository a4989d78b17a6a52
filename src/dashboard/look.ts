import { Operation } from '../journal/record.js';
import { HttpError } from './http.js';
import type { Look } from './page/messages.js';

const LONGEST_PATH = 8192;
const LONGEST_TEXT = 1024;

/** What a page says that it looks at; HttpError where it makes no sense. */
export function parseLook(value: unknown): Look {
  const { range, dirty, journal } = record(value);
  const { slave, path } = record(dirty);
  const { text, operations } = record(journal);
  const fits =
    (range === 'minutes' || range === 'day') &&
    (slave === null || isText(slave, LONGEST_TEXT)) &&
    isText(path, LONGEST_PATH) &&
    isBelow(path) &&
    isText(text, LONGEST_TEXT) &&
    areOperations(operations);
  if (!fits) throw new HttpError(400, 'this is nothing to look at');
  return { range, dirty: { slave, path }, journal: { text, operations } };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

/** A path of bytes below the source: nothing in it leads up. The tree follows no symlink either. */
function isBelow(path: string): boolean {
  if ([...path].some((byte) => byte === '\0' || byte > '\xff')) return false;
  return path === '' || path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

function areOperations(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 20 && value.every((name) => Object.hasOwn(Operation, String(name)));
}
