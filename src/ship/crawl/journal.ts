import { isState } from '../../slave/path.js';
import type { Overlay } from '../fold/overlay.js';
import type { Candidate, Work } from '../work.js';
import { expand, reconcile } from './expand.js';

/** What the records say has to be looked at. The slave has replayed the renames. */
export async function* journalCandidates(work: Work, overlay: Overlay): AsyncGenerator<Candidate> {
  const nodes = [...overlay.nodes()].filter((node) => node.isConsidered && !isState(node.path));
  work.counts.considered += nodes.length;
  for (const { gone, path } of nodes) if (gone) work.drop(path);
  for (const node of nodes) {
    if (node.gone || node.parent?.underWhole) continue;
    const candidate: Candidate = { path: node.path, effort: node.effort, node };
    if (work.leaveWaiting(candidate)) continue;
    if (node.whole) yield* expand(work, candidate);
    else {
      yield candidate;
      // A directory of this name stood there before, perhaps: with other things in it.
      if (node.source === null) await reconcile(work, node.path);
    }
  }
}
