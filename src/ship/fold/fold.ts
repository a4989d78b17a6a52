import { type JournalRecord, Operation } from '../../journal/record.js';
import { type BytePath, fromBytes } from '../../slave/path.js';
import { objectId } from '../../slave/slave.js';
import type { PendingPath } from '../../volume/pending.js';
import type { Node } from './node.js';
import { Overlay } from './overlay.js';

/** What a pass that was cut has left on the slave: the moves up to a record, and what it could not know afterwards. */
export interface Replayed {
  readonly head: number;
  /** Paths, as of `head`, below which the slave may lack anything. */
  readonly lost: readonly BytePath[];
}

export interface FoldOptions {
  /** Seeds, as of the state before the first record: later renames carry them along. */
  readonly pending?: readonly PendingPath[];
  readonly replayed?: Replayed | undefined;
  /** The journal's head when the pass before ended. */
  readonly settled?: number;
}

/** Folds records, in order, into what they make of the tree as a whole. */
export function fold(records: Iterable<JournalRecord>, options: FoldOptions = {}): Overlay {
  const overlay = new Overlay();
  for (const path of options.pending ?? []) seed(overlay, path);
  let { replayed } = options;
  for (const record of records) {
    if (replayed && record.sequence > replayed.head) replayed = rebase(overlay, replayed);
    overlay.isUnsettled = record.sequence <= (options.settled ?? 0);
    apply(overlay, record);
  }
  if (replayed) rebase(overlay, replayed);
  return overlay;
}

function seed(overlay: Overlay, pending: PendingPath): void {
  const node = overlay.touch(fromBytes(pending.path), pending.whole ? 'compare' : 'write');
  node.whole = pending.whole;
  node.pending = pending;
}

function rebase(overlay: Overlay, { lost }: Replayed): undefined {
  overlay.rebase();
  for (const path of lost) overlay.touch(path, 'compare').whole = true;
}

function apply(overlay: Overlay, record: JournalRecord): void {
  const path = fromBytes(record.path);
  const path2 = record.path2 ? fromBytes(record.path2) : '';
  const id = objectId(record);
  const since = (node: Node): Node => {
    node.sinceUs ??= record.timeUs;
    return node;
  };
  switch (record.operation) {
    case Operation.create:
    case Operation.mkdir:
    case Operation.mknod:
    case Operation.symlink:
      since(overlay.create(path, 'write', id));
      break;
    case Operation.link:
      since(overlay.create(path2, 'compare', id)).linked = true;
      since(overlay.touch(path, 'compare', id)).linked = true;
      break;
    case Operation.unlink:
    case Operation.rmdir:
      overlay.vacate(path, id);
      break;
    case Operation.rename:
      overlay.move(path, path2, id);
      break;
    case Operation.exchange:
      overlay.exchange(path, path2);
      break;
    case Operation.data:
      since(overlay.touch(path, 'write', id));
      break;
    case Operation.meta:
      since(overlay.touch(path, 'compare', id));
      break;
    case Operation.gap:
      throw new Error(`Cannot fold record ${record.sequence}: it is a gap`);
  }
}
