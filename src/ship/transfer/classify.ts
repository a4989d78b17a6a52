import { EVERYWHERE } from '../../slave/rsync/reasons.js';

/** What an exit status of rsync means for the list that it was given (rsync(1), EXIT VALUES, and what 3.5.0 was seen to do). */
export type Verdict = 'done' | 'vanished' | 'partial' | 'halt';

/**
 * Some paths failed (23); or the list was too much for it: it refused to take so much memory (22), or met what it has no
 * other words for (13), such as more links than the filesystem can give.
 */
const OF_SOME_PATHS = new Set([13, 22, 23]);

/**
 * `done`: all arrived. `vanished`: all arrived but what is gone from the source. `partial`: some paths failed. `halt`:
 * the pass cannot go on; the next one tries again.
 */
export function classify(exitStatus: number, stderr: string): Verdict {
  if (exitStatus === 0) return 'done';
  if (exitStatus === 24) return 'vanished';
  return OF_SOME_PATHS.has(exitStatus) && !EVERYWHERE.test(stderr) ? 'partial' : 'halt';
}
