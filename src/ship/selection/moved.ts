import { type BytePath, isState, join } from '../../slave/path.js';
import { isDirectoryNow } from '../crawl/expand.js';
import type { Overlay } from '../fold/overlay.js';
import type { Work } from '../work.js';

/**
 * A directory was renamed, on the slave too: what was left out below its old path and is not below its new one is to be
 * brought, and what the slave has of that besides is to go.
 */
export async function lookBelow(work: Work, overlay: Overlay, top: BytePath, origin: BytePath): Promise<void> {
  const { source, slave } = work;
  const wasLeftOut = (path: BytePath): boolean => source.selection.mayExclude(origin + path.slice(top.length));
  const open = [top];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const listed = (source.list(directory) ?? []).map(({ name }) => name);
    const names = listed.filter((name) => !isState(join(directory!, name)));
    for (const path of names.map((name) => join(directory!, name))) {
      if (wasLeftOut(path)) overlay.touch(path, 'compare').whole = true;
      else if (isDirectoryNow(work, path)) open.push(path);
    }
    const present = new Set(names);
    for (const name of (await slave.list(directory)) ?? []) {
      const path = join(directory, name);
      const isKnown = overlay.find(path) !== undefined;
      if (!present.has(name) && !isKnown && wasLeftOut(path)) work.drop(path);
    }
  }
}
