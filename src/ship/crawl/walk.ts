import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState, join } from '../../slave/path.js';
import type { Entry } from '../../slave/slave.js';
import type { Source } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';
import type { Candidate, Work } from '../work.js';
import { expand, reconcile } from './expand.js';

/** What the marks say of an entry of a dirty directory: what of it has to be looked at. */
type Reach = 'nothing' | 'itself' | 'enter' | 'all';

/**
 * What is marked later than a sync point, from the root down; directories that are not are not entered. And what marks
 * do not tell: what a pass that was cut has taken from the slave, and the paths that wait, which may be names of an
 * object that changed under another one.
 */
export async function* walkCandidates(
  work: Work,
  stimeUs: Xtime,
  more: readonly BytePath[],
): AsyncGenerator<Candidate> {
  const reach = reachOfDirectory(work.source, '', stimeUs);
  if (reach === 'all') yield* expand(work, { path: '', effort: 'compare' });
  if (reach === 'enter') yield* enter(work, stimeUs);
  for (const path of more) if (work.source.lstat(path)) yield* expand(work, { path, effort: 'compare' });
}

async function* enter(work: Work, stimeUs: Xtime): AsyncGenerator<Candidate> {
  const open: BytePath[] = [''];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    yield { path: directory, effort: 'compare' };
    const names = await reconcile(work, directory);
    work.counts.considered += names.length;
    const inside: BytePath[] = [];
    for (const name of names) {
      const path = join(directory, name);
      const reach = reachOf(work.source, path, stimeUs);
      if (reach === 'enter') inside.push(path);
      else if (reach === 'all') yield* expand(work, { path, effort: 'compare' });
      else if (reach === 'itself') yield { path, effort: 'write' };
    }
    open.push(...inside.reverse());
  }
}

function reachOf(source: Source, path: BytePath, stimeUs: Xtime): Reach {
  const entry = isState(path) ? undefined : source.lstat(path);
  // Gone since the directory was listed: it was there, so the pass has to account for it.
  if (!entry) return 'itself';
  if (isDirectory(entry)) return reachOfDirectory(source, path, stimeUs);
  return isFile(entry) ? reachOfFile(source, path, stimeUs, entry) : 'itself';
}

function reachOfDirectory(source: Source, path: BytePath, stimeUs: Xtime): Reach {
  const { xtime, subtree } = source.marks(path);
  if (subtree !== undefined && subtree > stimeUs) return 'all';
  if (xtime !== undefined) return xtime > stimeUs ? 'enter' : 'nothing';
  // Older than the volume, and shipped by the initial crawl; or a crash came between mkdir and its mark, then nothing
  // is in it, and the slave may have a directory of that name from before.
  return source.list(path)?.length === 0 ? 'all' : 'itself';
}

/**
 * A file that is not marked is older than the volume, or a crash came between its making and its mark: then it is
 * empty.
 */
function reachOfFile(source: Source, path: BytePath, stimeUs: Xtime, entry: Entry): Reach {
  const { xtime } = source.marks(path);
  if (xtime === undefined) return entry.size === 0n ? 'itself' : 'nothing';
  return xtime > stimeUs ? 'itself' : 'nothing';
}
