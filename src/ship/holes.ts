import type { BytePath } from '../slave/path.js';
import type { Entry } from '../slave/slave.js';
import type { Source } from './source.js';
import { isFile } from './transfer/units.js';

/**
 * An entry of the source that is to be compared. One with holes is written where the slave's has none, and that is not to be
 * done for all that a filesystem compresses.
 */
export function withHoles(source: Pick<Source, 'hasHoles'>, path: BytePath, entry: Entry): Entry {
  const isFull = isFile(entry) && entry.hasHoles && !source.hasHoles(path, entry.size);
  return isFull ? { ...entry, hasHoles: false } : entry;
}
