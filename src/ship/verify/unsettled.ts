import type { Xtime } from '../../marker/mark.js';
import { type BytePath, parentOf } from '../../slave/path.js';
import type { Source } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';
import type { Difference } from './compare.js';

/**
 * Whether a path may have changed since the sync point: then it is no wonder that it differs. Asked after the
 * comparison, since an object is marked before it changes. What cannot carry a mark, and what is gone, is told of by the
 * nearest directory.
 */
export function isUnsettled(source: Source, { path }: Difference, stimeUs: Xtime): boolean {
  const entry = source.lstat(path);
  const speaks = entry && (isFile(entry) || isDirectory(entry)) ? path : nearestDirectory(source, path);
  if (isLater(source.marks(speaks).xtime, stimeUs)) return true;
  for (let above = path; ; above = parentOf(above)) {
    if (isLater(source.marks(above).subtree, stimeUs)) return true;
    if (above === '') return false;
  }
}

/** The directory above a path that the source has. */
function nearestDirectory(source: Source, path: BytePath): BytePath {
  let above = parentOf(path);
  for (let entry = source.lstat(above); above !== '' && !(entry && isDirectory(entry)); entry = source.lstat(above))
    above = parentOf(above);
  return above;
}

function isLater(mark: Xtime | undefined, stimeUs: Xtime): boolean {
  return mark !== undefined && mark > stimeUs;
}
