/** What an exit status of rsync means for the list that it was given (rsync(1), EXIT VALUES, and what 3.5.0 was seen to do). */
export type Verdict = 'done' | 'vanished' | 'partial' | 'halt';

/** Trouble that every path would meet: isolating paths would only repeat it. */
const EVERYWHERE = /No space left on device|Disk quota exceeded|Read-only file system/;

/**
 * `done`: all arrived. `vanished`: all arrived but what is gone from the source. `partial`: some paths failed. `halt`:
 * the pass cannot go on.
 */
export function classify(exitStatus: number, stderr: string): Verdict {
  if (exitStatus === 0) return 'done';
  if (exitStatus === 24) return 'vanished';
  if (exitStatus === 23 && !EVERYWHERE.test(stderr)) return 'partial';
  return 'halt';
}

/** rsync's own words for what went wrong: the first line that names a cause, without the ones that only sum up. */
export function reasonOf(exitStatus: number, stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const cause =
    lines.find((line) => EVERYWHERE.test(line)) ?? lines.find((line) => !/^rsync error:/.test(line)) ?? lines[0];
  return cause ? cause.replace(/^rsync: (\[\w+\] )?/, '') : `rsync ended with status ${exitStatus}`;
}
