import type { Xtime } from '../../marker/mark.js';
import { type BytePath, join } from '../../slave/path.js';
import { mayBeThere } from '../failures/refused.js';
import type { Candidate, Work } from '../work.js';
import { fromTop, ListsAhead } from './ahead.js';
import { expand, reconcile } from './expand.js';
import { type Reach, reachOf, reachOfDirectory } from './reach.js';

/**
 * What is marked later than a sync point, from the root down; directories that are not are not entered. And what marks
 * do not tell: what a pass that was cut has taken from the slave, and the paths that wait, which may be names of an
 * object that changed under another one.
 */
export async function* walkCandidates(
  work: Work,
  stimeUs: Xtime,
  more: readonly Candidate[],
): AsyncGenerator<Candidate> {
  const reach = reachOfDirectory(work.source, '', stimeUs);
  if (reach !== 'itself') yield* reached(work, '', reach, stimeUs);
  for (const candidate of more) {
    const { path, effort } = candidate;
    if (mayBeThere(work.source, path)) yield* expand(work, candidate, effort);
    else if ((await work.slave.stat([path]))[0]) work.drop(path);
  }
}

/** What is marked later at and below a path. */
export async function* walkBelow(work: Work, path: BytePath, stimeUs: Xtime): AsyncGenerator<Candidate> {
  yield* reached(work, path, reachOf(work.source, path, stimeUs), stimeUs);
}

async function* reached(work: Work, path: BytePath, reach: Reach, stimeUs: Xtime): AsyncGenerator<Candidate> {
  if (reach === 'enter') yield* enter(work, path, stimeUs);
  else if (reach === 'all') yield* expand(work, { path, effort: 'compare' });
  else if (reach === 'compare') yield { path, effort: 'compare' };
  else if (reach === 'itself') yield { path, effort: 'write' };
}

async function* enter(work: Work, top: BytePath, stimeUs: Xtime): AsyncGenerator<Candidate> {
  const lists = new ListsAhead(work.slave);
  const open: BytePath[] = [top];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    yield { path: directory, effort: 'compare' };
    const names = await reconcile(work, directory, lists);
    work.counts.considered += names.length;
    const inside: BytePath[] = [];
    for (const name of names) {
      const path = join(directory, name);
      const reach = reachOf(work.source, path, stimeUs);
      if (reach === 'enter') inside.push(path);
      else yield* reached(work, path, reach, stimeUs);
    }
    for (const path of inside.reverse()) open.push(path);
    lists.ask(fromTop(open));
  }
}
