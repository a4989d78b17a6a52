import type { Manifest } from '../../slave/manifest.js';
import { isState, parentOf } from '../../slave/path.js';
import { objectId } from '../../slave/slave.js';
import { unlessDenied } from '../failures/denied.js';
import type { Node } from '../fold/node.js';
import type { Overlay } from '../fold/overlay.js';
import { lookBelow } from '../selection/moved.js';
import { hasLinks, isDirectory } from '../transfer/units.js';
import type { Work } from '../work.js';
import { carryOut } from './carry-out.js';
import { keptMoves } from './kept.js';

/** Replays the renames of an overlay on the slave. What the slave does not have is to be shipped as a whole. */
export async function replayMoves(work: Work, overlay: Overlay): Promise<void> {
  const nodes = [...overlay.nodes()].filter((node) => node.isMove && !isState(node.path));
  const movable = await withoutBlocked(work, await withoutStrangers(work, nodes));
  const sorted = movable.filter((node) => work.source.selection.mayDiffer(node.source!, node.path));
  const origins = new Map(sorted.map((node) => [node, node.source!]));
  // A pass that goes on after this one was cut does not see where it came from.
  for (const node of sorted) work.lost.add(node.path);
  await findOrphans(work, overlay);
  if (movable.length === 0) {
    // Also where nothing can be moved: this pass may bring new objects to the old names, which the next must not take
    // for the old ones.
    if (nodes.length > 0 || work.stale.size > 0) await work.saveManifest();
    return;
  }
  const renames = movable.map((node) => ({ from: node.source!, to: node.path }));
  const moves = [...renames, ...(await keptMoves(work, movable))];
  const { base, head } = work;
  const manifest: Manifest = { base, head, stage: 'away', moves, lost: work.lostPaths(), stale: [...work.stale] };
  await work.slave.writeManifest(manifest);
  const lost = [...(await carryOut(work.slave, manifest))].flatMap((id) => movable[id] ?? []);
  for (const node of lost) lose(work, node);
  for (const [node, origin] of origins) lookBelow(work, overlay, node.path, origin);
  await work.saveManifest();
  await work.slave.dropAway();
  for (const { from, to } of moves) for (const path of [from, to]) work.directories.add(parentOf(path));
  work.counts.renamed += renames.length - lost.length;
}

/**
 * The moves whose object the slave has, of the kind that the source has now: another kind is another object, whose name
 * on the slave was put to other use while the pass before ran.
 */
async function withoutStrangers(work: Work, nodes: readonly Node[]): Promise<Node[]> {
  const { selection } = work.source;
  const entries = await work.slave.stat(nodes.map((node) => node.source!));
  return nodes.filter((node, at) => {
    const entry = entries[at];
    const now = work.source.lstat(node.path);
    const known = entry !== undefined && (now === undefined || now.kind === entry.kind);
    // The old name goes, as one that is gone.
    if (entry && selection.excludes(node.path, isDirectory(entry))) return false;
    const isExcluded = entry !== undefined && selection.excludes(node.source!, isDirectory(entry));
    if (known && !isExcluded) return true;
    lose(work, node);
    // Its place was taken by another object: it lost the name that the records tell of. What is left out is not what the
    // source had there.
    if (entry && !isExcluded && hasLinks(entry)) work.stale.add(objectId(entry));
    return false;
  });
}

/** The moves that neither take along what is left out, nor put anything in its place: it stays where it is. */
async function withoutBlocked(work: Work, nodes: readonly Node[]): Promise<Node[]> {
  const { slave } = work;
  const movable: Node[] = [];
  for (const node of nodes) {
    if ((await slave.keeps(node.source!)) || (await slave.keeps(node.path))) lose(work, node);
    else movable.push(node);
  }
  return movable;
}

/** The slave does not show the object of such a move at its new name: if that is gone again, nothing tells of others. */
function lose({ source, strays }: Work, node: Node): void {
  node.whole = true;
  node.raise('compare');
  const now = unlessDenied(() => source.lstat(node.path));
  if (node.id && (!now || objectId(now) !== node.id)) strays.add(node.id);
}

/**
 * Changed objects that lost a name: where they have others, those are to be looked at. The slave's links tell, if it
 * still has the name.
 */
async function findOrphans(work: Work, { orphans }: Overlay): Promise<void> {
  const entries = await work.slave.stat([...orphans.keys()]);
  for (const [at, [path, id]] of [...orphans].entries()) {
    // What the slave has where something is left out is not what the source had.
    const isHidden = work.source.selection.excludes(path, false);
    const entry = isHidden ? undefined : entries[at];
    if (!entry && id) work.strays.add(id);
    if (entry && hasLinks(entry)) work.stale.add(objectId(entry));
  }
}
