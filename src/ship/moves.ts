import type { Manifest, Move } from '../slave/manifest.js';
import { type BytePath, isState, parentOf } from '../slave/path.js';
import { objectId, type Slave } from '../slave/slave.js';
import type { Node } from './fold/node.js';
import type { Overlay } from './fold/overlay.js';
import { hasLinks } from './transfer/units.js';
import type { Work } from './work.js';

/** Numbers of moves, by how deep a path lies. */
function byDepth(moves: readonly Move[], end: keyof Move): number[] {
  const depth = moves.map((move) => move[end].split('/').length);
  return [...moves.keys()].sort((one, other) => depth[one]! - depth[other]!);
}

/**
 * Carries out what a manifest says is under way, from wherever it stopped; answers the moves that could not be done.
 * First all objects are taken away, the deepest first, then all are put back, the shallowest first: so names may swap,
 * and directories move into and out of each other.
 */
async function carryOut(slave: Slave, manifest: Manifest): Promise<Set<number>> {
  const { moves } = manifest;
  const lost = new Set<number>();
  if (manifest.stage === 'away') {
    for (const id of byDepth(moves, 'from').reverse())
      if ((await slave.takeAway(id, moves[id]!)) !== 'done') lost.add(id);
    await slave.writeManifest({ ...manifest, stage: 'back', lost: withLost(manifest, lost) });
  }
  // Missing here means put back already, before the pass was cut.
  for (const id of byDepth(moves, 'to')) if (typeof (await slave.putBack(id, moves[id]!)) === 'object') lost.add(id);
  return lost;
}

function withLost({ lost, moves }: Manifest, more: ReadonlySet<number>): BytePath[] {
  return [...lost, ...[...more].map((id) => moves[id]!.to)];
}

/** Completes the moves of a pass that was cut. Answers its manifest. */
export async function recoverMoves(slave: Slave): Promise<Manifest | undefined> {
  let manifest = await slave.readManifest();
  if (manifest && manifest.stage !== 'done') {
    const lost = await carryOut(slave, manifest);
    manifest = { ...manifest, stage: 'done', lost: withLost(manifest, lost) };
    await slave.writeManifest(manifest);
  }
  // What could not be put back: in the next moves its number will be another's.
  await slave.dropAway();
  return manifest;
}

/** Replays the renames of an overlay on the slave. What the slave does not have is to be shipped as a whole. */
export async function replayMoves(work: Work, overlay: Overlay): Promise<void> {
  const nodes = [...overlay.nodes()].filter((node) => node.isMove && !isState(node.path));
  const movable = await withoutStrangers(work, nodes);
  await findOrphans(work, overlay);
  if (movable.length === 0) {
    // Also where nothing can be moved: this pass may bring new objects to the old names, which the next must not take
    // for the old ones.
    if (nodes.length > 0 || work.stale.size > 0) await work.saveManifest();
    return;
  }
  const moves = movable.map((node) => ({ from: node.source!, to: node.path }));
  const { base, head } = work;
  const manifest: Manifest = { base, head, stage: 'away', moves, lost: work.lostPaths(), stale: [...work.stale] };
  await work.slave.writeManifest(manifest);
  const lost = await carryOut(work.slave, manifest);
  for (const id of lost) lose(movable[id]!);
  await work.saveManifest();
  await work.slave.dropAway();
  for (const { from, to } of moves) for (const path of [from, to]) work.directories.add(parentOf(path));
  work.counts.renamed += moves.length - lost.size;
}

/**
 * The moves whose object the slave has, of the kind that the source has now: another kind is another object, whose name
 * on the slave was put to other use while the pass before ran.
 */
async function withoutStrangers(work: Work, nodes: readonly Node[]): Promise<Node[]> {
  const entries = await work.slave.stat(nodes.map((node) => node.source!));
  return nodes.filter((node, at) => {
    const entry = entries[at];
    const now = work.source.lstat(node.path);
    const known = entry !== undefined && (now === undefined || now.kind === entry.kind);
    if (!known) lose(node);
    return known;
  });
}

function lose(node: Node): void {
  node.whole = true;
  node.raise('compare');
}

/**
 * Changed objects that lost a name: where they have others, those are to be looked at. The slave's links tell, if it
 * still has the name.
 */
async function findOrphans(work: Work, { orphans }: Overlay): Promise<void> {
  const entries = await work.slave.stat([...orphans.keys()]);
  for (const [at, id] of [...orphans.values()].entries()) {
    const entry = entries[at];
    if (!entry && id) work.strays.add(id);
    if (entry && hasLinks(entry)) work.stale.add(objectId(entry));
  }
}
