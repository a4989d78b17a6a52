import { type BytePath, isState, join } from '../../slave/path.js';
import { SystemError } from '../../syscalls/index.js';
import { noteDenied } from '../failures/refused.js';
import { type Effort, greater } from '../fold/node.js';
import { noteHiddenLinks } from '../selection/hidden.js';
import type { Listed } from '../source.js';
import { isDirectory } from '../transfer/units.js';
import type { Candidate, Work } from '../work.js';
import { fromTop, ListsAhead } from './ahead.js';

/**
 * Everything at and below a path, to be compared or, with 'none' for what is below, looked at; what only the slave has
 * there is dropped. rsync could recurse by itself, but then names of an object outside of the directory would lose their
 * link, and nothing would tell.
 */
export async function* expand(work: Work, top: Candidate, below: Effort = 'compare'): AsyncGenerator<Candidate> {
  const ahead = new ListsAhead(work.slave);
  yield top;
  const open: BytePath[] = [top.path];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    if (directory !== top.path) yield { path: directory, effort: effortAt(work, directory, below) };
    const { directories, others, onSlave } = await contentsOf(work, directory, ahead);
    for (const name of others) {
      const path = join(directory, name);
      yield { path, effort: effortAt(work, path, below), isAbsent: !onSlave?.has(name) };
    }
    for (const name of directories.reverse()) open.push(join(directory, name));
    ahead.ask(fromTop(open));
  }
}

/** Nothing is known of what the slave did not have so far. */
function effortAt({ formerly }: Work, path: BytePath, effort: Effort): Effort {
  return formerly?.mayExclude(path) ? greater(effort, 'compare') : effort;
}

/** What is in a directory of the source, by name. */
export interface Contents {
  readonly directories: BytePath[];
  readonly others: BytePath[];
  /** What the slave has there; undefined where it has no such directory, or was not asked. */
  readonly onSlave: ReadonlySet<BytePath> | undefined;
}

/**
 * The contents of a directory, which count as considered; see {@link reconcile}. Without lists of the slave it has no
 * such directory.
 */
export async function contentsOf(work: Work, directory: BytePath, lists?: ListsAhead): Promise<Contents> {
  const listed = listNow(work, directory);
  const contents: Contents = { directories: [], others: [], onSlave: listed && (await lists?.take(directory)) };
  if (!listed) return contents;
  dropExtra(work, directory, new Set(listed.map(({ name }) => name)), contents.onSlave);
  for (const { name, isDirectory } of listed) {
    const path = join(directory, name);
    if (isState(path)) continue;
    work.counts.considered++;
    const isInside = isDirectory ?? isDirectoryNow(work, path);
    (isInside ? contents.directories : contents.others).push(name);
  }
  contents.directories.sort();
  contents.others.sort();
  return contents;
}

function listNow(work: Work, directory: BytePath): Listed[] | undefined {
  try {
    const entry = work.source.lstat(directory);
    return entry && isDirectory(entry) ? work.source.list(directory) : undefined;
  } catch (error) {
    noteDenied(work, directory, error);
    return undefined;
  }
}

/** What the source refuses to show is looked at once more, and fails then. */
export function isDirectoryNow(work: Work, path: BytePath): boolean {
  try {
    const entry = work.source.lstat(path);
    return entry !== undefined && isDirectory(entry);
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/**
 * Drops what the slave has in a directory and the source has not, except what the records of this pass know to belong
 * there: that was renamed or removed since, and a record will say so. Answers the names that the source has; none where
 * it is no directory.
 */
export async function reconcile(work: Work, directory: BytePath, lists: ListsAhead): Promise<BytePath[]> {
  const names = listNow(work, directory)?.map(({ name }) => name);
  if (!names) return [];
  dropExtra(work, directory, new Set(names), await lists.take(directory));
  return names.filter((name) => !isState(join(directory, name)));
}

function dropExtra(
  work: Work,
  directory: BytePath,
  present: ReadonlySet<BytePath>,
  onSlave: ReadonlySet<BytePath> = new Set(),
): void {
  if (work.crawl === 'walk') noteHiddenLinks(work, directory, work.base.stimeUs);
  const known = work.overlay?.find(directory)?.children;
  for (const name of onSlave) {
    if (present.has(name)) continue;
    const path = join(directory, name);
    const node = known?.get(name);
    if (node && !node.gone) work.missing({ path, effort: 'none', node });
    else work.drop(path);
  }
}
