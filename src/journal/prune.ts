import { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import type { JournalWriter } from './writer.js';

/** A day: for people who look what happened. */
const RETENTION_US = 24 * 3600 * 1e6;

/**
 * The last record that no slave needs any more. A slave whose position counts in another journal walks next time, and
 * needs none of this one's.
 */
function passedByAll(state: State, writer: JournalWriter): number {
  const positions = state.slaves.list().filter(({ journalId }) => journalId === writer.id);
  return Math.min(writer.head, ...positions.map(({ position }) => position));
}

/**
 * Deletes records that every slave has passed and that are older than the retention, some thousands a call. Answers
 * whether there are more.
 */
export function pruneJournal(volume: Volume, writer: JournalWriter, retentionUs = RETENTION_US): boolean {
  const state = State.open(volume);
  try {
    const upTo = passedByAll(state, writer);
    return writer.prune(upTo, Date.now() * 1000 - retentionUs);
  } finally {
    state.close();
  }
}
