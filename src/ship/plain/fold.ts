import { type JournalRecord, Operation } from '../../journal/record.js';
import { type BytePath, fromBytes } from '../../slave/path.js';
import { type ObjectId, objectId } from '../../slave/slave.js';
import type { Dirt } from './dirt.js';

/**
 * Adds the paths that records speak of. The order of the records does not matter. Up to `settled` they tell of what
 * happened while the pass before ran: where something was made then, it may not have come to remove what the slave had.
 * With `keepsDeleted` that stays anyway.
 */
export function foldPaths(dirt: Dirt, records: Iterable<JournalRecord>, settled: number, keepsDeleted: boolean): void {
  const made = new Set<ObjectId>();
  for (const record of records) {
    if (MAKING.has(record.operation)) made.add(objectId(record));
    apply(dirt, record, keepsDeleted || record.sequence <= settled);
  }
  // All names of an object that was made in this span are in its records.
  for (const id of made) dirt.changed.delete(id);
}

const MAKING: ReadonlySet<Operation> = new Set([Operation.create, Operation.mkdir, Operation.mknod, Operation.symlink]);

function apply(dirt: Dirt, record: JournalRecord, isTaken: boolean): void {
  const path = fromBytes(record.path);
  const path2 = record.path2 ? fromBytes(record.path2) : '';
  const make = (at: BytePath, effort: 'compare' | 'write'): void =>
    isTaken ? dirt.replace(at, record.timeUs) : dirt.touch(at, effort, record.timeUs);
  switch (record.operation) {
    case Operation.create:
      make(path, 'write');
      break;
    case Operation.mkdir:
    case Operation.mknod:
    case Operation.symlink:
      make(path, 'compare');
      break;
    case Operation.link:
      dirt.touch(path, 'compare', record.timeUs);
      make(path2, 'compare');
      break;
    case Operation.unlink:
    case Operation.rmdir:
      dirt.replace(path, record.timeUs);
      break;
    case Operation.rename:
    case Operation.exchange:
      dirt.replace(path, record.timeUs);
      dirt.replace(path2, record.timeUs);
      break;
    case Operation.data:
    case Operation.meta:
      dirt.touch(path, record.operation === Operation.data ? 'write' : 'compare', record.timeUs);
      dirt.changed.add(objectId(record));
      break;
    case Operation.gap:
      throw new Error(`Cannot fold record ${record.sequence}: it is a gap`);
  }
}
