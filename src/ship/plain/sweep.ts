import { type BytePath, join, namesOf, parentOf } from '../../slave/path.js';
import { unlessDenied } from '../failures/denied.js';
import { lookAt } from '../failures/refused.js';
import { refuseDeletes } from '../mass-delete.js';
import { topmost } from '../settle.js';
import { PassError } from '../transfer/rsync.js';
import { isDirectory } from '../transfer/units.js';
import type { PlainWork } from './work.js';

/** Directories of one run of rsync. */
const BATCH = 1000;

/**
 * Removes what only the slave has, unless that is to stay: in directories that are to be swept, and at paths that are
 * missing on the source. What the source has there by now, its records tell the next pass. The directories get the times
 * that they have on the source.
 */
export async function sweep(work: PlainWork, sweeps: ReadonlySet<BytePath>): Promise<void> {
  work.source.forget();
  const parents = [...work.missing].flatMap((path) => lastDirectory(work, path) ?? []);
  const directories = [...new Set([...sweeps, ...parents])].filter((path) => isOpen(work, path));
  if (directories.length === 0) return;
  const { keepsDeleted, limit } = work.wanted;
  if (!keepsDeleted)
    await refuseDeletes(work.source, limit, () => extras(work, directories, hiddenIn(work, directories)));
  work.keepMarks();
  for (let at = 0; at < directories.length; at += BATCH) await sweepAll(work, directories.slice(at, at + BATCH));
}

async function* extras(
  { transfer }: PlainWork,
  directories: readonly BytePath[],
  hidden: readonly BytePath[],
): AsyncGenerator<BytePath> {
  const found = await transfer.extras(directories, hidden);
  if (!found) throw new PassError('Cannot delete on the slave: rsync cannot tell how much would go');
  yield* found;
}

/** The directory that the topmost missing part of a path is missing from; undefined where nothing is missing. */
function lastDirectory({ source }: PlainWork, path: BytePath): BytePath | undefined {
  let at = '';
  for (const name of namesOf(path)) {
    at = join(at, name);
    const found = lookAt(source, at);
    if (!found) return undefined;
    if (!found.entry) return parentOf(at);
  }
  return undefined;
}

/**
 * Whether it is a directory, not a symlink, nor below one: rsync would follow it. And one that this user may look into: of
 * another rsync deletes nothing, there and elsewhere.
 */
function isOpen({ source }: PlainWork, path: BytePath): boolean {
  const names = unlessDenied(() => source.list(path));
  const [first] = names ?? [];
  return names !== undefined && (!first || lookAt(source, join(path, first.name)) !== undefined);
}

/** What is left out in these directories for what it is: the slave may have something of that name that is not. */
function hiddenIn({ source: { all, selection } }: PlainWork, directories: readonly BytePath[]): BytePath[] {
  if (selection.isEverything) return [];
  return directories.flatMap((directory) => {
    const paths = (all.list(directory) ?? []).map(({ name }) => join(directory, name));
    const either = paths.filter((path) => selection.dependsOnKind(path));
    return either.filter((path) => {
      const entry = all.lstat(path);
      return entry !== undefined && selection.excludes(path, isDirectory(entry));
    });
  });
}

async function sweepAll(work: PlainWork, directories: readonly BytePath[]): Promise<void> {
  const hidden = hiddenIn(work, directories);
  const { keepsDeleted = false } = work.wanted;
  const { verdict, reason, deleted } = await work.transfer.sweep(directories, hidden, keepsDeleted);
  work.counts.deleted += deleted;
  if (verdict !== 'partial') return;
  const left = keepsDeleted ? undefined : await work.transfer.extras(directories, hidden);
  // Where there will be something again by the next pass, all of it is to be looked at.
  for (const path of left ? topmost(left) : directories)
    work.fail(path, `cannot delete it on the slave: ${reason}`, true);
}
