import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState, join } from '../../slave/path.js';
import { reachOfDirectory } from '../crawl/reach.js';
import { unlessDenied } from '../failures/denied.js';
import { lookAt } from '../failures/refused.js';
import type { Selection } from '../selection/selection.js';
import type { Source } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';
import type { Dirt } from './dirt.js';

/**
 * Adds what is marked later than a sync point. All of the source is looked at, clean directories too: the name by which
 * an object changed may be gone, and then its other names are all that carries its mark. Which they were on the slave
 * nobody can ask. `formerly`: see Work; what was left out may be anything on the slave, also where the source has nothing.
 */
export function findMarked(dirt: Dirt, source: Source, stimeUs: Xtime, formerly?: Selection): number {
  const open: { path: BytePath; isDirty: boolean }[] = [];
  const enter = (path: BytePath): void => {
    if (formerly) dirt.sweeps.add(path);
    const reach = reachOfDirectory(source, path, stimeUs);
    if (reach === 'all') dirt.replace(path);
    if (reach === 'all') return;
    if (reach !== 'nothing') dirt.touch(path, 'compare');
    if (reach === 'enter') dirt.sweeps.add(path);
    open.push({ path, isDirty: reach === 'enter' });
  };
  // Whoever brings it finds out, and nothing there is taken for gone.
  const deny = (path: BytePath): void => {
    dirt.sweeps.delete(path);
    dirt.replace(path);
  };
  let considered = 0;
  enter('');
  for (let next = open.pop(); next; next = open.pop()) {
    const { path: directory } = next;
    const names = unlessDenied(() => source.list(directory) ?? []);
    if (!names) {
      deny(directory);
      continue;
    }
    considered += names.length;
    for (const { name } of names) {
      const path = join(next.path, name);
      if (isState(path)) continue;
      const found = lookAt(source, path);
      if (!found) deny(path);
      const entry = found?.entry;
      if (!entry) continue;
      if (formerly?.mayExclude(path)) dirt.replace(path);
      else if (isDirectory(entry)) enter(path);
      else if (isFile(entry)) touchFile(dirt, source, path, stimeUs, next.isDirty && entry.size === 0n);
      // They carry no marks: rsync is to look at all, and in a dirty directory they may be others.
      else dirt.touch(path, next.isDirty ? 'write' : 'compare');
    }
  }
  return considered;
}

/** A file that is not marked is older than the volume, or a crash came between its making and its mark. */
function touchFile(dirt: Dirt, source: Source, path: BytePath, stimeUs: Xtime, mayBeNew: boolean): void {
  const marks = unlessDenied(() => source.marks(path));
  // Where nobody can tell, rsync is to try.
  const isDirty = !marks || (marks.xtime === undefined ? mayBeNew : marks.xtime > stimeUs);
  if (isDirty) dirt.touch(path, 'write');
}
