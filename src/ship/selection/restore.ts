import { awayAt, type Manifest } from '../../slave/manifest.js';
import { type BytePath, readable } from '../../slave/path.js';
import { byDepth } from '../moves/carry-out.js';
import { PassError } from '../transfer/rsync.js';
import type { SelectedSlave } from './slave.js';

/**
 * Puts back what a pass of other patterns has taken away: what is left out now may be in it, or in its new place. It goes
 * where nothing of that stands: where it was as long as nothing else was put there, or else rather to its new place. The
 * walk that follows finds what belongs elsewhere. Answers the moves that were not completed.
 */
export async function restore(slave: SelectedSlave, { moves, stage }: Manifest): Promise<Set<number>> {
  const ends = stage === 'away' ? (['from', 'to'] as const) : (['to', 'from'] as const);
  const undone = new Set<number>();
  for (const id of byDepth(moves, ends[0])) {
    const move = moves[id]!;
    const [isAway] = await slave.stat([awayAt(id)]);
    if (!isAway) continue;
    const place = await putAt(
      slave,
      id,
      ends.map((end) => move[end]),
    );
    if (place !== move.to) undone.add(id);
  }
  return undone;
}

/** Puts back what is away at the first of these places where nothing that is left out is in the way. */
async function putAt(slave: SelectedSlave, id: number, places: readonly BytePath[]): Promise<BytePath> {
  const reasons: string[] = [];
  for (const to of places) {
    const result = (await slave.keeps(to))
      ? 'something that is excluded is there'
      : await slave.putBack(id, { from: to, to });
    if (result === 'done') return to;
    reasons.push(`"${readable(to)}": ${typeof result === 'object' ? result.reason : result}`);
  }
  throw new PassError(`Cannot put back on the slave what a pass that was cut was renaming: ${reasons.join('; ')}`);
}
