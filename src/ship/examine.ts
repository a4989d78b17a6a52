import { ancestorsOf, type BytePath, isAtOrBelow, isState } from '../slave/path.js';
import { type Entry, objectId } from '../slave/slave.js';
import { noteRefused } from './failures/refused.js';
import { withHoles } from './holes.js';
import { noteLinkedBelow } from './links/linked-below.js';
import { refuseMassDelete } from './mass-delete.js';
import { IN_ITS_PLACE } from './selection/selection.js';
import { hasLinks, type Item, isDirectory, isFile } from './transfer/units.js';
import type { Candidate, Work } from './work.js';

/** Looks at candidates on both sides; what is to be shipped becomes an item. Clears the way for it on the slave. */
export async function look(work: Work, candidates: readonly Candidate[]): Promise<Item[]> {
  // Lists of the slave do not tell of what is left out for what it is.
  const isAbsent = (candidate: Candidate): boolean =>
    candidate.isAbsent === true && !work.source.selection.dependsOnKind(candidate.path);
  const asked = candidates.filter((candidate) => !isAbsent(candidate));
  const answers = asked.length > 0 ? await work.slave.stat(asked.map(({ path }) => path)) : [];
  await noteBlocked(work, candidates);
  const before = answers.values();
  const items = candidates.flatMap((candidate) => {
    const item = itemOf(work, candidate, isAbsent(candidate) ? undefined : before.next().value);
    if (!item) work.first?.settle(candidate);
    return item ?? [];
  });
  return makeWay(work, items);
}

function itemOf(work: Work, candidate: Candidate, before: Entry | undefined): Item | undefined {
  const { path, node } = candidate;
  if (isState(path)) return undefined;
  const entry = lstat(work, path);
  if (!entry || isBlocked(work, path, entry === 'missing' ? undefined : entry, before)) return undefined;
  noteStray(work, candidate, entry === 'missing' ? undefined : entry, before);
  if (entry === 'missing') {
    work.missing(candidate);
    return undefined;
  }
  if (candidate.effort === 'none' && before && isFile(entry) && looksEqual(entry, before)) return undefined;
  if (work.leaveBusy(candidate, entry)) return undefined;
  // A renamed file that does not look like the source's is not the one that the records meant.
  const effort = candidate.effort === 'none' && isFile(entry) ? 'write' : candidate.effort;
  node?.raise(effort);
  return {
    path,
    entry: effort !== 'write' && before && !before.hasHoles ? withHoles(work.source, path, entry) : entry,
    before,
    effort: effort === 'none' ? 'compare' : effort,
    failedBefore: node?.pending?.kind === 'failed',
  };
}

/** Notes where something that is left out stands where a directory above a candidate is to be. */
async function noteBlocked(work: Work, candidates: readonly Candidate[]): Promise<void> {
  const { selection } = work.source;
  if (selection.isEverything) return;
  const above = new Set(candidates.flatMap(({ path }) => ancestorsOf(path)));
  const asked = [...above].filter((path) => selection.dependsOnKind(path));
  const entries = asked.length > 0 ? await work.slave.stat(asked) : [];
  for (const [at, path] of asked.entries()) {
    const entry = entries[at];
    if (entry && selection.excludes(path, isDirectory(entry))) work.blocked.add(path);
  }
}

/** Whether something that is left out stands there, or where a directory above is to be: then this fails. */
function isBlocked(work: Work, path: BytePath, entry: Entry | undefined, before: Entry | undefined): boolean {
  const { selection } = work.source;
  if (selection.isEverything) return false;
  if (before && selection.excludes(path, isDirectory(before))) work.blocked.add(path);
  if (![...work.blocked].some((blocked) => isAtOrBelow(path, blocked))) return false;
  work.fail(path, IN_ITS_PLACE);
  if (entry) noteOthers(work, entry);
  return true;
}

/** What cannot be brought under one name may have others, which are free. */
function noteOthers({ strays }: Work, entry: Entry): void {
  if (hasLinks(entry)) strays.add(objectId(entry));
}

/**
 * The object that changed has lost this name by now. If it has others, they show what changed; no later record will
 * tell.
 */
function noteStray(work: Work, { node }: Candidate, entry: Entry | undefined, before: Entry | undefined): void {
  if (!node?.id || (entry && objectId(entry) === node.id)) return;
  // A directory has no other names; what failed because one stands in its place may have.
  if (before && isDirectory(before) && node.pending?.kind !== 'failed') return;
  // The slave's links tell, if it has the object at all.
  const mayBeLinked = before ? hasLinks(before) : node.source !== null;
  if (mayBeLinked || node.linked || node.pending) work.strays.add(node.id);
}

function lstat(work: Work, path: BytePath): Entry | 'missing' | undefined {
  try {
    return work.source.lstat(path) ?? 'missing';
  } catch (error) {
    noteRefused(work, path, error);
    return undefined;
  }
}

function looksEqual(one: Entry, other: Entry): boolean {
  return (
    one.kind === other.kind &&
    one.size === other.size &&
    one.mtimeSec === other.mtimeSec &&
    one.mtimeNsec === other.mtimeNsec &&
    one.nlink === other.nlink
  );
}

/**
 * Removes from the slave what rsync could not replace: a directory where something else is to be. What was in it may
 * belong to a directory of another name by now; if this pass is cut, the next one must not take an empty directory for
 * the whole of it.
 */
async function makeWay(work: Work, items: Item[]): Promise<Item[]> {
  const blocked = items.filter(({ entry, before }) => before && isDirectory(before) && !isDirectory(entry));
  if (blocked.length === 0) return items;
  const doomed = blocked.map(({ path }) => path);
  await refuseMassDelete(work, doomed);
  await noteLinkedBelow(work, doomed);
  for (const path of doomed) work.lost.add(path);
  await work.saveManifest();
  work.keepMarks();
  const failed = new Set<Item>();
  for (const item of blocked) {
    if (await remove(work, item.path)) continue;
    failed.add(item);
    noteOthers(work, item.entry);
  }
  const cleared = (item: Item): Item => (blocked.includes(item) ? { ...item, before: undefined } : item);
  return items.filter((item) => !failed.has(item)).map(cleared);
}

async function remove(work: Work, path: BytePath): Promise<boolean> {
  const failure = await work.slave.remove(path);
  if (failure?.kept) work.fail(path, IN_ITS_PLACE);
  else if (failure) work.fail(path, `cannot remove what is in its place: ${failure.reason}`);
  return !failure;
}

/**
 * rsync changes a symlink or a special file where it is, and with it all other names that it has on the slave: they are
 * removed first where they are not exactly the ones that the source has.
 */
export async function cutLinks(work: Work, items: readonly Item[]): Promise<boolean> {
  work.keepMarks();
  const results: boolean[] = [];
  for (const { path, before } of items) results.push(!before || (await remove(work, path)));
  if (results.every(Boolean)) return true;
  for (const { path } of items) work.fail(path, 'cannot remove another name of it');
  return false;
}
