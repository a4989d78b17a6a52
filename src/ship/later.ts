import { type JournalRecord, Operation } from '../journal/record.js';
import type { Xtime } from '../marker/mark.js';
import { type BytePath, fromBytes, isAtOrBelow, parentOf } from '../slave/path.js';
import type { Barrier } from './barrier.js';
import type { Later, Work } from './work.js';

/**
 * Up to when a slave has everything that is marked, where a pass since a sync point left this for later: of what is busy,
 * the directories above were marked before, but not before the barrier before.
 */
export function reachedUs(
  later: Iterable<Later>,
  stimeUs: Xtime,
  { timeUs, before }: Pick<Barrier, 'timeUs' | 'before'>,
): Xtime {
  let reached = timeUs;
  for (const { kind, busy } of later) {
    if (kind === 'failed') return stimeUs;
    if (busy) reached = Math.min(reached, before(busy.sinceUs) ?? stimeUs);
  }
  return Math.max(stimeUs, reached);
}

/** What one rename took from where to where. */
interface Renamed {
  readonly from: BytePath;
  readonly to: BytePath;
}

/**
 * Notes for the next pass what was renamed while this one ran: an object may have been shipped under a name that was
 * another's by then, and the next pass will take what the slave has under that name for the object. As of the state at
 * this pass's head, so that the next fold carries it along.
 */
export function noteRenamed(work: Work, records: Iterable<JournalRecord>): void {
  const changes = [...records].map(renamesOf);
  const renames = changes.flat();
  for (const { from, to } of renames) {
    // A walk and an initial crawl may have looked at anything.
    if (!work.overlay) work.moved(from, true);
    else noteBelow(work, from);
    // What stood there may have other names, which the slave cannot tell any more if it has the new object there.
    if (!work.overlay || namesBelow(work, to).length > 0) work.moved(to, false);
  }
  // What was shipped under a new name: the next fold will move there what the slave has under the old one.
  const shipped = new Set([...work.named, ...renames.flatMap(({ to }) => namesBelow(work, to))]);
  for (const name of shipped) {
    for (const before of originsOf(changes, name)) work.moved(before, isBelowWhole(work, name));
  }
  for (const name of work.named) noteNamed(work, name, changes);
}

/** As of the head, the names of all objects that had this name at some time since. */
function originsOf(changes: readonly (readonly Renamed[])[], name: BytePath): BytePath[] {
  const came = [...changes.keys()].filter((at) => changes[at]!.some(({ to }) => isAtOrBelow(name, to)));
  return came.map((at) => changes.slice(0, at + 1).reduceRight(undo, name)).filter((before) => before !== name);
}

/**
 * rsync made the directories of such a name too: as of the head there may be none of that name, and nothing would
 * remove them.
 */
function noteNamed(work: Work, name: BytePath, changes: readonly (readonly Renamed[])[]): void {
  if (changes.flat().some(({ from }) => isAtOrBelow(name, from))) work.moved(name, false);
  for (let path = name; path !== ''; path = parentOf(path)) {
    if (originsOf(changes, path).length > 0) work.moved(path, false);
  }
}

/** The names at and below a path that this pass may have shipped. */
function namesBelow(work: Work, path: BytePath): BytePath[] {
  const nodes = [...(work.overlay?.find(path)?.below() ?? [])].filter(({ gone }) => !gone).map((node) => node.path);
  return isBelowWhole(work, path) ? [path, ...nodes] : nodes;
}

/** What is not there any more, and was not renamed, is to be deleted. */
export function settleDoubtful(work: Work, records: Iterable<JournalRecord>): void {
  const renames = [...records].flatMap(renamesOf);
  for (const path of work.doubtful) {
    if (renames.some(({ from }) => isAtOrBelow(path, from))) continue;
    work.later.delete(path);
    work.drop(path);
  }
}

function renamesOf({ operation, path, path2 }: JournalRecord): Renamed[] {
  const [from, to] = [fromBytes(path), fromBytes(path2 ?? Buffer.alloc(0))];
  return operation === Operation.exchange
    ? [
        { from, to },
        { from: to, to: from },
      ]
    : [{ from, to }];
}

/** Where the object at a path was before a rename, or an exchange, which is two at once. */
function undo(path: BytePath, change: readonly Renamed[]): BytePath {
  const done = change.find(({ to }) => isAtOrBelow(path, to));
  return done ? done.from + path.slice(done.to.length) : path;
}

function noteBelow(work: Work, from: BytePath): void {
  if (isBelowWhole(work, from) || touchesLost(work, from)) work.moved(from, true);
  // Also those that are only on the way to others: rsync gives every directory of a path the attributes that it finds
  // there.
  for (const node of work.overlay!.find(from)?.below() ?? []) if (!node.gone) work.moved(node.path, node.isUnknown);
}

function isBelowWhole({ overlay }: Work, path: BytePath): boolean {
  if (!overlay) return false;
  let node = overlay.root;
  for (const name of path.split('/')) {
    const child = node.children.get(name);
    if (!child) return node.underWhole;
    node = child;
  }
  return node.underWhole;
}

function touchesLost(work: Work, path: BytePath): boolean {
  return [...work.lost].some((lost) => isAtOrBelow(lost, path) || isAtOrBelow(path, lost));
}
