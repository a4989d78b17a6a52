import { type BytePath, parentOf } from '../../slave/path.js';
import type { Selection } from './selection.js';

/** What the slave has and the source has not. */
export interface Doomed {
  readonly path: BytePath;
  readonly isDirectory: boolean;
}

/** The paths of what is to go: neither what is left out, nor the directories that it is in. */
export function withoutKept(doomed: readonly Doomed[], selection: Selection): BytePath[] {
  const kept = new Set<BytePath>();
  for (const { path, isDirectory } of doomed) {
    if (!selection.excludes(path, isDirectory)) continue;
    for (let at = path; at !== '' && !kept.has(at); at = parentOf(at)) kept.add(at);
  }
  return doomed.map(({ path }) => path).filter((path) => !kept.has(path));
}
