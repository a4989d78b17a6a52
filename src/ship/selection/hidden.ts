import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState, join } from '../../slave/path.js';
import { objectId } from '../../slave/slave.js';
import { reachOfDirectory, reachOfFile } from '../crawl/reach.js';
import { unlessDenied } from '../failures/denied.js';
import type { Node } from '../fold/node.js';
import { hasLinks, isDirectory, isFile } from '../transfer/units.js';
import type { Work } from '../work.js';

/**
 * What is left out may have other names that are not, and where it changed they show it: they are to be looked at. The
 * record names only the one. And the slave may have something of that name which is not left out: that goes.
 */
export function noteHidden(work: Work, node: Node): void {
  if (work.source.selection.dependsOnKind(node.path)) work.drop(node.path);
  if (!node.id || node.effort === 'none') return;
  const entry = unlessDenied(() => work.source.all.lstat(node.path));
  const isKnown = entry !== undefined && objectId(entry) === node.id;
  const mayHaveNames = isKnown ? hasLinks(entry) : node.source !== null || node.linked || node.pending !== undefined;
  if (mayHaveNames) work.strays.add(node.id);
}

/** The same for what is left out in a directory, and below it, as the marks tell. */
export function noteHiddenLinks(work: Work, directory: BytePath, stimeUs: Xtime): void {
  const { all, selection } = work.source;
  if (selection.isEverything) return;
  for (const { name } of unlessDenied(() => all.list(directory)) ?? []) {
    const path = join(directory, name);
    const entry = isState(path) ? undefined : unlessDenied(() => all.lstat(path));
    if (!entry || !selection.excludes(path, isDirectory(entry))) continue;
    if (isDirectory(entry)) {
      if (reachOfDirectory(all, path, stimeUs) !== 'nothing') noteHiddenLinks(work, path, stimeUs);
    } else if (hasLinks(entry) && !(isFile(entry) && reachOfFile(all, path, stimeUs, entry) === 'nothing'))
      work.strays.add(objectId(entry));
  }
}
