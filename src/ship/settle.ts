import { type BytePath, isAtOrBelow } from '../slave/path.js';
import type { DirectoryTime } from '../slave/slave.js';
import { isDirectory } from './transfer/units.js';
import type { Work } from './work.js';

/** Removes what only the slave has, topmost paths only. What the source has by now is for the next pass. */
export async function applyDeletes(work: Work): Promise<void> {
  let top: BytePath | undefined;
  for (const path of [...work.deletes].sort(inTreeOrder)) {
    if (top !== undefined && isAtOrBelow(path, top)) continue;
    top = path;
    await applyDelete(work, path);
  }
}

/** A directory stands right before what is below it. */
function inTreeOrder(one: BytePath, other: BytePath): number {
  const [a, b] = [one.replaceAll('/', '\0'), other.replaceAll('/', '\0')];
  return a < b ? -1 : a > b ? 1 : 0;
}

async function applyDelete(work: Work, path: BytePath): Promise<void> {
  const [before] = await work.slave.stat([path]);
  if (!before) return;
  work.source.forget();
  // Made since, or a directory above is another one now: the next fold carries the name along, and then it is known
  // which.
  if (work.source.lstat(path)) return work.moved(path, true);
  const failure = await work.slave.remove(path);
  // Part of it may be gone, and what was to be deleted below it was not.
  if (failure) work.fail(path, `cannot delete it on the slave: ${failure.reason}`, true);
  else work.counts.deleted++;
}

/** Gives directories the time that they have on the source: everything that was done in them changed it. */
export async function setDirectoryTimes(work: Work): Promise<void> {
  work.source.forget();
  const times: DirectoryTime[] = [];
  for (const path of work.directories) {
    const entry = work.source.lstat(path);
    if (entry && isDirectory(entry)) times.push({ path, mtimeSec: entry.mtimeSec, mtimeNsec: entry.mtimeNsec });
  }
  for (const { path, reason } of await work.slave.setTimes(times)) work.fail(path, `cannot set its time: ${reason}`);
}
