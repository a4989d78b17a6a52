import { isState } from '../../slave/path.js';
import type { Node } from '../fold/node.js';
import type { Overlay } from '../fold/overlay.js';
import { noteHidden } from '../selection/hidden.js';
import { leavesOut } from '../selection/source.js';
import type { Candidate, Work } from '../work.js';
import { ListsAhead } from './ahead.js';
import { expand, isDirectoryNow, reconcile } from './expand.js';

/** What the records say has to be looked at. The slave has replayed the renames. */
export async function* journalCandidates(work: Work, overlay: Overlay): AsyncGenerator<Candidate> {
  const nodes = [...overlay.nodes()].filter((node) => node.isConsidered && !isState(node.path));
  work.counts.considered += nodes.length;
  for (const node of nodes) if (!node.gone && leavesOut(work.source, node.path)) noteHidden(work, node);
  for (const { gone, path } of nodes) if (gone) work.drop(path);
  const lists = new ListsAhead(work.slave);
  let seen = 0;
  for (const node of nodes) {
    for (; seen < nodes.length && !lists.isFull; seen++) {
      const next = nodes[seen]!;
      if (isNew(next) && isDirectoryNow(work, next.path)) lists.ask([next.path]);
    }
    if (node.gone || node.parent?.underWhole || leavesOut(work.source, node.path)) continue;
    const candidate: Candidate = { path: node.path, effort: node.effort, node };
    if (work.leaveWaiting(candidate)) continue;
    if (node.whole) yield* expand(work, candidate);
    else {
      yield candidate;
      // A directory of this name stood there before, perhaps: with other things in it.
      if (isNew(node)) await reconcile(work, node.path, lists);
    }
  }
}

/** An object that the slave does not have, and that is not looked at whole. */
function isNew(node: Node): boolean {
  return !node.gone && !node.whole && !node.parent?.underWhole && node.source === null;
}
