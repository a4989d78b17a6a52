import type { Xtime } from '../../marker/mark.js';
import { type BytePath, join, namesOf } from '../../slave/path.js';
import { mayBeThere } from '../failures/refused.js';
import type { CopyPlace, Reached } from '../first-copy/first-copy.js';
import type { Candidate, Work } from '../work.js';
import { fromTop, ListsAhead } from './ahead.js';
import { type Contents, contentsOf, expand } from './expand.js';
import { reachOfDirectory } from './reach.js';
import { walkBelow } from './walk.js';

/** A path that a pass before left. */
export interface Waiting extends Candidate {
  /** Everything below it is meant too. */
  readonly whole: boolean;
}

/** A directory to be copied, and whether the slave may have something there. */
interface Open {
  readonly path: BytePath;
  readonly isAbsent: boolean;
}

/**
 * Everything at and below a directory, in the order of a first copy: a directory, what is no directory in it by name,
 * its directories by name. What only the slave has there is dropped.
 */
export async function* copyAll(work: Work, top: BytePath): AsyncGenerator<Candidate> {
  const lists = new ListsAhead(work.slave);
  const open: Open[] = [{ path: top, isAbsent: false }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { path, isAbsent } = next;
    yield { path, effort: 'compare', copied: 'directory', isAbsent };
    const contents = await contentsOf(work, path, isAbsent ? undefined : lists);
    yield* others(path, contents, '');
    for (const name of contents.directories.reverse())
      open.push({ path: join(path, name), isAbsent: !contents.onSlave?.has(name) });
    lists.ask([...fromTop(open)].filter((one) => !one.isAbsent).map((one) => one.path));
  }
}

/** What is no directory, behind a name. */
function* others(directory: BytePath, { others, onSlave }: Contents, after: BytePath): Generator<Candidate> {
  for (const name of others) {
    if (name <= after) continue;
    yield { path: join(directory, name), effort: 'compare', copied: 'other', isAbsent: !onSlave?.has(name) };
  }
}

/**
 * Goes on with a first copy that was cut: what waits, what changed since in all that was copied, and then all that was
 * not. Directories that stand for the place are entered whatever their marks say.
 */
export async function* resume(
  work: Work,
  { sinceUs, place }: Reached,
  more: readonly Waiting[],
): AsyncGenerator<Candidate> {
  for (const candidate of more) {
    const { path, effort, whole } = candidate;
    if (mayBeThere(work.source, path)) yield* whole ? expand(work, candidate, effort) : [candidate];
    else if ((await work.slave.stat([path]))[0]) work.drop(path);
  }
  const rest: BytePath[] = [];
  yield* alongPlace(work, sinceUs, place, rest);
  for (const directory of rest.reverse()) yield* copyAll(work, directory);
}

/** The directories from the root to the place. Leaves the ones that are not copied yet in `rest`, the last one first. */
async function* alongPlace(
  work: Work,
  sinceUs: Xtime,
  { directory: last, name: after }: CopyPlace,
  rest: BytePath[],
): AsyncGenerator<Candidate> {
  const lists = new ListsAhead(work.slave);
  const steps = namesOf(last);
  let path: BytePath = '';
  for (let depth = 0; ; depth++) {
    yield { path, effort: 'compare' };
    const contents = await contentsOf(work, path, lists);
    const step = steps[depth];
    const isDone = (name: BytePath): boolean => step !== undefined || name <= after;
    for (const name of contents.others) if (isDone(name)) yield* walkBelow(work, join(path, name), sinceUs);
    if (step === undefined) {
      yield* others(path, contents, after);
      rest.push(...below(path, contents.directories));
      return;
    }
    const { directories } = contents;
    for (const name of directories) if (name < step) yield* walkBelow(work, join(path, name), sinceUs);
    rest.push(
      ...below(
        path,
        directories.filter((name) => name > step),
      ),
    );
    if (!directories.includes(step)) return;
    path = join(path, step);
    // Another one was moved there.
    if (reachOfDirectory(work.source, path, sinceUs) === 'all') {
      rest.push(path);
      return;
    }
  }
}

/** The last one first. */
function below(directory: BytePath, names: readonly BytePath[]): BytePath[] {
  return names.map((name) => join(directory, name)).reverse();
}
