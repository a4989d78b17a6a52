import { type BytePath, isAtOrBelow, isState, join, parentOf } from '../../slave/path.js';
import { type Entry, objectId } from '../../slave/slave.js';
import { noteDenied, noteRefused } from '../failures/refused.js';
import { withHoles } from '../holes.js';
import { leavesOut } from '../selection/source.js';
import { inTreeOrder } from '../settle.js';
import { hasLinks, type Item, isDirectory, type Unit } from '../transfer/units.js';
import type { Dirt, Spot } from './dirt.js';
import { Names } from './names.js';
import type { PlainWork } from './work.js';

/** What is to be put at dirty paths, all names of an object together. What the source does not have is noted. */
export async function* unitsOf(work: PlainWork, dirt: Dirt): AsyncGenerator<Unit> {
  const names = new Names(work);
  for (const item of items(work, dirt)) yield* settled(work, names.add(item));
  yield* settled(work, names.finish(dirt.changed));
}

/** Without those that are still being written: all their names wait. */
function* settled(work: PlainWork, units: Iterable<Unit>): Generator<Unit> {
  for (const unit of units) if (!work.leaveBusy(unit)) yield unit;
}

function* items(work: PlainWork, dirt: Dirt): Generator<Item> {
  let expanded: BytePath | undefined;
  for (const path of [...dirt.spots.keys()]) if (leavesOut(work.source, path)) dropHidden(work, dirt, path);
  for (const path of [...dirt.spots.keys()].sort(inTreeOrder)) {
    const spot = dirt.spots.get(path)!;
    if (isState(path) || (expanded !== undefined && isAtOrBelow(path, expanded))) continue;
    if (work.leaveWaiting(path, spot)) continue;
    work.counts.considered++;
    work.source.forget();
    const item = itemOf(work, path, spot);
    if (!item) continue;
    yield item;
    if (!spot.whole || !isDirectory(item.entry)) continue;
    expanded = path;
    yield* below(work, dirt, path, spot.effort);
  }
}

/** Of what is left out, only its directory's time is brought, and what it is where it has other names. */
function dropHidden({ source }: PlainWork, dirt: Dirt, path: BytePath): void {
  const isReplaced = dirt.spots.get(path)?.whole === true;
  dirt.spots.delete(path);
  const entry = source.all.lstat(path);
  if (entry && !hasLinks(entry)) dirt.changed.delete(objectId(entry));
  if (leavesOut(source, parentOf(path))) return;
  dirt.touch(parentOf(path), 'compare');
  // The slave may have something of that name that is not left out.
  if (isReplaced && source.selection.dependsOnKind(path)) dirt.sweeps.add(parentOf(path));
}

/** Everything below a directory, directories first; what the slave has besides is to be swept away. */
function* below(work: PlainWork, dirt: Dirt, top: BytePath, least: Spot['effort']): Generator<Item> {
  const open = [{ path: top, least }];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const names = listNow(work, directory.path);
    if (!names) continue;
    dirt.sweeps.add(directory.path);
    work.counts.considered += names.length;
    for (const name of names) {
      const path = join(directory.path, name);
      const spot = dirt.spots.get(path);
      const effort = spot?.effort === 'write' ? 'write' : directory.least;
      const item = isState(path) ? undefined : itemOf(work, path, { effort, whole: true });
      if (!item) continue;
      yield item;
      if (isDirectory(item.entry)) open.push({ path, least: spot?.whole ? 'write' : directory.least });
    }
  }
}

/** Where this user may not look, it fails with all that is below it. */
function listNow(work: PlainWork, directory: BytePath): BytePath[] | undefined {
  try {
    return (work.source.list(directory) ?? []).map(({ name }) => name);
  } catch (error) {
    noteDenied(work, directory, error);
    return undefined;
  }
}

function itemOf(work: PlainWork, path: BytePath, { effort, pending, sinceUs }: Spot): Item | undefined {
  const entry = lstat(work, path);
  if (!entry || !work.slave.keeps(entry.kind)) return undefined;
  // Whether it waits is known from here on, for all names that it has.
  work.busy.waitOf(path, entry, sinceUs);
  return {
    path,
    effort,
    entry: effort === 'write' ? entry : withHoles(work.source, path, entry),
    before: undefined,
    failedBefore: pending?.kind === 'failed',
  };
}

function lstat(work: PlainWork, path: BytePath): Entry | undefined {
  try {
    const entry = work.source.lstat(path);
    if (!entry) work.vanished(path);
    return entry;
  } catch (error) {
    noteRefused(work, path, error);
    return undefined;
  }
}
