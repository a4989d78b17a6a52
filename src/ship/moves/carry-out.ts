import type { Manifest, Move } from '../../slave/manifest.js';
import type { BytePath } from '../../slave/path.js';
import type { Slave } from '../../slave/slave.js';
import { pipelined } from '../pipelined.js';

/** Numbers of moves, by how deep a path lies. */
export function byDepth(moves: readonly Move[], end: keyof Move): number[] {
  const depth = moves.map((move) => move[end].split('/').length);
  return [...moves.keys()].sort((one, other) => depth[one]! - depth[other]!);
}

/**
 * Carries out what a manifest says is under way, from wherever it stopped; answers the moves that could not be done.
 * First all objects are taken away, the deepest first, then all are put back, the shallowest first: so names may swap,
 * and directories move into and out of each other. `refused` are not done.
 */
export async function carryOut(
  slave: Slave,
  manifest: Manifest,
  refused: ReadonlySet<number> = new Set(),
): Promise<Set<number>> {
  const { moves } = manifest;
  const lost = new Set(refused);
  const asked = (end: keyof Move): number[] => byDepth(moves, end).filter((id) => !refused.has(id));
  if (manifest.stage === 'away') {
    const order = asked('from').reverse();
    const taken = await pipelined(order, (id) => slave.takeAway(id, moves[id]!));
    for (const [at, id] of order.entries()) if (taken[at] !== 'done') lost.add(id);
    await slave.writeManifest({ ...manifest, stage: 'back', lost: withLost(manifest, lost) });
  }
  // Missing here means put back already, before the pass was cut.
  const order = asked('to');
  const put = await pipelined(order, (id) => slave.putBack(id, moves[id]!));
  for (const [at, id] of order.entries()) if (typeof put[at] === 'object') lost.add(id);
  return lost;
}

export function withLost({ lost, moves }: Manifest, more: ReadonlySet<number>): BytePath[] {
  return [...lost, ...[...more].map((id) => moves[id]!.to)];
}
