import type { Manifest } from '../../slave/manifest.js';
import { restore } from '../selection/restore.js';
import type { SelectedSlave } from '../selection/slave.js';
import { carryOut, withLost } from './carry-out.js';

/**
 * Completes the moves of a pass that was cut. Answers its manifest. `isOther`: that had other patterns, by which
 * something may be away that is left out now.
 */
export async function recoverMoves(slave: SelectedSlave, isOther: boolean): Promise<Manifest | undefined> {
  let manifest = await slave.readManifest();
  if (manifest && manifest.stage !== 'done') {
    const lost = isOther
      ? await restore(slave, manifest)
      : await carryOut(slave, manifest, await refusedOf(slave, manifest));
    manifest = { ...manifest, stage: 'done', lost: withLost(manifest, lost) };
    await slave.writeManifest(manifest);
  }
  // What could not be put back: in the next moves its number will be another's.
  await slave.dropAway();
  return manifest;
}

/** The moves that would take along or replace what is left out: it came there since. */
async function refusedOf(slave: SelectedSlave, { moves, stage }: Manifest): Promise<Set<number>> {
  const refused = new Set<number>();
  for (const [id, { from, to }] of moves.entries())
    if ((await slave.keeps(to)) || (stage === 'away' && (await slave.keeps(from)))) refused.add(id);
  return refused;
}
