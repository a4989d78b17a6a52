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
  const changes = [...records].map(renamesOf);
  const renames = changes.flat();
  for (const { from } of renames) {
    // A walk and an initial crawl may have looked at anything.
    if (!work.overlay) work.moved(from, true);
    else noteBelow(work, from);
  }
  // What was shipped under a new name: the next fold will move there what the slave has under the old one.
  const shipped = new Set([...work.named, ...renames.flatMap(({ to }) => namesBelow(work, to))]);
  for (const name of shipped) {
    const before = changes.reduceRight(undo, name);
    if (before !== name) work.moved(before, isBelowWhole(work, name));
  }
  for (const name of work.named) if (renames.some(({ from }) => isAtOrBelow(name, from))) work.moved(name, false);
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
  // Also those that are only on the way to others: rsync gives every directory of a path the attributes that it finds there.
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
