import { type BytePath, isState, join } from '../../slave/path.js';
import { isDirectory } from '../transfer/units.js';
import type { Candidate, Work } from '../work.js';

/**
 * Everything at and below a path, to be compared; what only the slave has there is dropped. rsync could recurse by
 * itself, but then names of an object outside of the directory would lose their link, and nothing would tell.
 */
export async function* expand(work: Work, top: Candidate): AsyncGenerator<Candidate> {
  const open: Candidate[] = [top];
  for (let next = open.pop(); next; next = open.pop()) {
    yield next;
    const names = await reconcile(work, next.path);
    work.counts.considered += names.length;
    for (const name of names.reverse()) open.push({ path: join(next.path, name), effort: 'compare' });
  }
}

/**
 * Drops what the slave has in a directory and the source has not, except what the records of this pass know to belong
 * there: that was renamed or removed since, and a record will say so. Answers the names that the source has; none where
 * it is no directory.
 */
export async function reconcile(work: Work, directory: BytePath): Promise<BytePath[]> {
  const entry = work.source.lstat(directory);
  const names = entry && isDirectory(entry) ? work.source.list(directory) : undefined;
  if (!names) return [];
  const present = new Set(names);
  const known = work.overlay?.find(directory)?.children;
  for (const name of (await work.slave.list(directory)) ?? []) {
    if (present.has(name)) continue;
    const path = join(directory, name);
    const node = known?.get(name);
    if (node && !node.gone) work.missing({ path, effort: 'none', node });
    else work.drop(path);
  }
  return names.filter((name) => !isState(join(directory, name)));
}
