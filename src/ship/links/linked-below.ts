import type { BytePath } from '../../slave/path.js';
import type { ObjectId } from '../../slave/slave.js';
import { topmost } from '../settle.js';
import type { Work } from '../work.js';

/**
 * Notes the objects of which a walk removes some names from the slave, all at or below these paths, and which have others
 * there: they may have changed under a name that is gone, and the marks of that went with it.
 */
export async function noteLinkedBelow({ crawl, slave, stale }: Work, paths: Iterable<BytePath>): Promise<void> {
  if (crawl !== 'walk') return;
  const found = new Map<ObjectId, { here: number; all: number }>();
  for (const path of topmost(paths)) {
    for (const [id, { here, all }] of await slave.linkedBelow(path)) {
      found.set(id, { here: here + (found.get(id)?.here ?? 0), all });
    }
  }
  for (const [id, { here, all }] of found) if (here < all) stale.add(id);
}
