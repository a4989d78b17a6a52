import { fromBytes, toBytes } from '../../slave/path.js';
import type { PendingPath } from '../../volume/pending.js';
import type { State } from '../../volume/state.js';
import { pendingOf } from '../commit.js';
import type { FirstCopyPlan } from './first-copy.js';

/** A first copy that is cut loses the notes of so much of it at most, where the disks are not slow; milliseconds. */
const PAUSE_MS = 10_000;

/** Where a slave's first copy goes on, and where it notes how far it is: the volume's state. */
export function firstCopyOf(
  state: State,
  slave: string,
  before: readonly PendingPath[],
  startedUs: number,
): FirstCopyPlan {
  const noted = state.firstCopies.of(slave);
  return {
    noted: noted && {
      sinceUs: noted.sinceUs,
      place: { directory: fromBytes(noted.directory), name: fromBytes(noted.name) },
    },
    note: ({ sinceUs, place }, later) => {
      const note = { sinceUs, directory: toBytes(place.directory), name: toBytes(place.name) };
      state.noteFirstCopy(slave, note, pendingOf({ later }, before, startedUs));
    },
    pauseMs: PAUSE_MS,
  };
}
