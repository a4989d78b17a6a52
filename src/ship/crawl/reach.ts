import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState } from '../../slave/path.js';
import type { Entry } from '../../slave/slave.js';
import { unlessDenied } from '../failures/denied.js';
import type { Source } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';

/** What the marks say of an entry of a dirty directory: what of it has to be looked at. */
export type Reach = 'nothing' | 'itself' | 'compare' | 'enter' | 'all';

export function reachOf(source: Source, path: BytePath, stimeUs: Xtime): Reach {
  const entry = isState(path) ? undefined : unlessDenied(() => source.lstat(path));
  // Gone since the directory was listed, or not to be looked at: it was there, so the pass has to account for it.
  if (!entry) return 'itself';
  if (isDirectory(entry)) return reachOfDirectory(source, path, stimeUs);
  return isFile(entry) ? reachOfFile(source, path, stimeUs, entry) : 'itself';
}

export function reachOfDirectory(source: Source, path: BytePath, stimeUs: Xtime): Reach {
  const marks = unlessDenied(() => source.marks(path));
  // Where this user may not read its marks, nor list it, whoever enters it finds out.
  if (!marks) return 'enter';
  const { xtime, subtree } = marks;
  if (subtree !== undefined && subtree > stimeUs) return 'all';
  if (xtime !== undefined) return xtime > stimeUs ? 'enter' : 'nothing';
  // Older than the volume, and shipped by the initial crawl; or a crash came between mkdir and its mark, then nothing
  // is in it, and the slave may have a directory of that name from before.
  const isEmpty = unlessDenied(() => source.list(path)?.length === 0);
  if (isEmpty === undefined) return 'enter';
  return isEmpty ? 'all' : 'itself';
}

/**
 * A file that is not marked is older than the volume, or a crash came between its making and its mark: then it is
 * empty.
 */
export function reachOfFile(source: Source, path: BytePath, stimeUs: Xtime, entry: Entry): Reach {
  const marks = unlessDenied(() => source.marks(path));
  // Nobody can tell: rsync is to try.
  if (!marks) return 'itself';
  const { xtime, rescan } = marks;
  if (xtime === undefined) return entry.size === 0n ? 'itself' : 'nothing';
  if (xtime <= stimeUs) return 'nothing';
  return xtime === rescan ? 'compare' : 'itself';
}
