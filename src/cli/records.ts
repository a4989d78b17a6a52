import { type JournalRecord, operationName } from '../journal/record.js';
import { jsonName, showName, showTime } from './text.js';

/** A record of the journal for programs. */
export function recordJson({ sequence, timeUs, epoch, operation, dev, ino, path, path2 }: JournalRecord): object {
  const second = path2 === null ? { path2: null } : jsonName('path2', path2);
  const object = { operation: operationName(operation), dev, ino: String(ino) };
  return { sequence, timeUs, epoch, ...object, ...jsonName('path', path), ...second };
}

/** The same for people. */
export function recordLine({ sequence, timeUs, operation, path, path2 }: JournalRecord): string {
  const second = path2 === null ? '' : ` -> ${showName(path2)}`;
  const first = path.length === 0 ? '.' : showName(path);
  return `${sequence}  ${showTime(timeUs)}  ${operationName(operation).padEnd(8)}  ${first}${second}`;
}
