import { type BytePath, isState, join } from '../../slave/path.js';
import { isDirectoryNow } from '../crawl/expand.js';
import type { Overlay } from '../fold/overlay.js';
import type { Work } from '../work.js';

/**
 * A directory was renamed, on the slave too: what was left out below its old path and is not below its new one is to be
 * brought.
 */
export function lookBelow(work: Work, overlay: Overlay, top: BytePath, origin: BytePath): void {
  const { source } = work;
  const wasLeftOut = (path: BytePath): boolean => source.selection.mayExclude(origin + path.slice(top.length));
  const open = [top];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const paths = (source.list(directory) ?? []).map(({ name }) => join(directory!, name));
    for (const path of paths.filter((path) => !isState(path))) {
      if (wasLeftOut(path)) overlay.touch(path, 'compare').whole = true;
      else if (isDirectoryNow(work, path)) open.push(path);
    }
  }
}
