import { type BytePath, isAtOrBelow } from '../slave/path.js';
import type { DirectoryTime } from '../slave/slave.js';
import { unlessDenied } from './failures/denied.js';
import { noteRefused } from './failures/refused.js';
import { refuseMassDelete } from './mass-delete.js';
import { pipelined } from './pipelined.js';
import { isDirectory } from './transfer/units.js';
import type { Work } from './work.js';

/**
 * Removes what only the slave has, unless that is to stay. What the source has by now is for the next pass. PassError,
 * with nothing removed, where that would be more than the pass may.
 */
export async function applyDeletes(work: Work): Promise<void> {
  if (work.wanted.keepsDeleted) return;
  const doomed = topmost(work.deletes);
  await refuseMassDelete(work, doomed);
  if (doomed.length > 0) work.keepMarks();
  await pipelined(doomed, (path) => applyDelete(work, path));
}

/** The paths that are below no other. */
export function topmost(paths: Iterable<BytePath>): BytePath[] {
  const tops: BytePath[] = [];
  for (const path of [...paths].sort(inTreeOrder)) {
    const top = tops.at(-1);
    if (top === undefined || !isAtOrBelow(path, top)) tops.push(path);
  }
  return tops;
}

/** A directory stands right before what is below it. */
export function inTreeOrder(one: BytePath, other: BytePath): number {
  const [a, b] = [one.replaceAll('/', '\0'), other.replaceAll('/', '\0')];
  return a < b ? -1 : a > b ? 1 : 0;
}

async function applyDelete(work: Work, path: BytePath): Promise<void> {
  const [before] = await work.slave.stat([path]);
  if (!before) return;
  work.source.forget();
  // Made since, or a directory above is another one now: the next fold carries the name along, and then it is known
  // which.
  try {
    if (work.source.lstat(path)) return work.moved(path, true);
  } catch (error) {
    return noteRefused(work, path, error);
  }
  const failure = await work.slave.remove(path);
  // What is excluded stays, and the directories that it is in.
  if (failure?.kept) return;
  // Part of it may be gone, and what was to be deleted below it was not.
  if (failure) work.fail(path, `cannot delete it on the slave: ${failure.reason}`, true);
  else work.counts.deleted++;
}

/** Gives directories the time that they have on the source: everything that was done in them changed it. */
export async function setDirectoryTimes(work: Work): Promise<void> {
  work.source.forget();
  const times: DirectoryTime[] = [];
  for (const path of work.directories) {
    const entry = unlessDenied(() => work.source.lstat(path));
    if (entry && isDirectory(entry)) times.push({ path, mtimeSec: entry.mtimeSec, mtimeNsec: entry.mtimeNsec });
  }
  for (const { path, reason } of await work.slave.setTimes(times)) work.fail(path, `cannot set its time: ${reason}`);
}
