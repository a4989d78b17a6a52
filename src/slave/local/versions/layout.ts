import { S_IFDIR } from '../../../syscalls/index.js';
import { SLAVE_STATE } from '../../identity.js';
import { type BytePath, isAtOrBelow, join, parentOf } from '../../path.js';
import type { Tree } from '../../tree.js';

/**
 * The store of old versions in a slave's state folder: `versions/<time>/` has what was there until that time, in µs since
 * 1970. In it:
 *
 * - `r/<path>`: what an rsync replaced. Directories in it only lead there.
 * - `o/<path>`: what was removed, and copies of what was changed where it is. Directories in it only lead there, unless
 *   they were removed themselves:
 * - `w/<path>`: an empty file for each directory that was removed whole.
 * - `n`: a copy that is being made.
 */
export const VERSIONS = 'versions';
export const REPLACED = 'r';
export const OBJECTS = 'o';
export const WHOLE = 'w';
export const MAKING = 'n';
/** When and what was thinned last. */
export const THINNED = 'thinned.json';

/** The store, from the slave's root. */
export const STORE = `${SLAVE_STATE}/${VERSIONS}`;

/** The times of the store's folders, ascending. */
export function timesIn(tree: Tree): number[] {
  const names = tree.list(STORE)?.map(({ name }) => name.toString('latin1')) ?? [];
  return names
    .filter((name) => /^\d{1,16}$/.test(name))
    .map(Number)
    .sort((one, other) => one - other);
}

/** A folder of the store. */
export function folderOf(timeUs: number): BytePath {
  return join(STORE, String(timeUs));
}

/** Whether a directory among a folder's objects is one that was removed, or lies in one. */
export function isWhole(tree: Tree, folder: BytePath, path: BytePath): boolean {
  for (let at = path; at !== ''; at = parentOf(at)) {
    const mark = tree.entry(`${folder}/${WHOLE}/${at}`);
    if (mark && mark.kind !== S_IFDIR) return true;
  }
  return false;
}

/** Whether a path is, or lies below, one of these. */
export function isBelowAny(path: BytePath, ancestors: ReadonlySet<BytePath>): boolean {
  for (const ancestor of ancestors) if (isAtOrBelow(path, ancestor)) return true;
  return false;
}
