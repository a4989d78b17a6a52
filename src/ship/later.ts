import { type JournalRecord, Operation } from '../journal/record.js';
import { type BytePath, fromBytes, isAtOrBelow } from '../slave/path.js';
import type { Work } from './work.js';

/** What one rename took from where to where. */
interface Renamed {
  readonly from: BytePath;
  readonly to: BytePath;
}

/**
 * Notes for the next pass what was renamed while this one ran: an object may have been shipped under a name that was another's by then,
 * and the next pass will take what the slave has under that name for the object. As of the state at this pass's head, so that the
 * next fold carries it along.
 */
export function noteRenamed(work: Work, records: Iterable<JournalRecord>): void {
  const renames = [...records].flatMap(renamesOf);
  for (const { from } of renames) {
    // A walk and an initial crawl may have looked at anything.
    if (!work.overlay) work.moved(from, true);
    else noteBelow(work, from);
  }
  // These were found on the source as it is now: the name that the next fold knows is the one from before the renames.
  for (const name of work.named) {
    const before = renames.reduceRight(undo, name);
    if (before !== name) work.moved(before, false);
    if (renames.some(({ from }) => isAtOrBelow(name, from))) work.moved(name, false);
  }
}

/** Deletes what waited for a record and has none. */
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
  return operation === Operation.exchange ? [{ from, to }, { from: to, to: from }] : [{ from, to }];
}

function undo(path: BytePath, { from, to }: Renamed): BytePath {
  return isAtOrBelow(path, to) ? from + path.slice(to.length) : path;
}

function noteBelow(work: Work, from: BytePath): void {
  if (work.overlay!.root.whole || isBelowWhole(work, from) || touchesLost(work, from)) work.moved(from, true);
  // Also those that are only on the way to others: rsync gives every directory of a path the attributes that it finds there.
  for (const node of work.overlay!.find(from)?.below() ?? []) if (!node.gone) work.moved(node.path, node.whole);
}

function isBelowWhole(work: Work, path: BytePath): boolean {
  let node = work.overlay!.root;
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
