import fs from 'node:fs';
import tty from 'node:tty';

/** Where standard error leads: a terminal, something that keeps lines with their times, or neither. */
export type Place = 'terminal' | 'log' | 'pipe';

const STDERR = 2;

/**
 * A log is a file, or the journal of systemd, which says so in $JOURNAL_STREAM (systemd.exec(5)). `isLoop`: the program
 * runs until it is told to end, and then a pipe leads to a log, too.
 */
export function placeOf(isLoop: boolean, env: NodeJS.ProcessEnv = process.env): Place {
  if (tty.isatty(STDERR)) return env.TERM === 'dumb' ? 'log' : 'terminal';
  const { dev, ino, isFile } = describe();
  return isLoop || isFile || env.JOURNAL_STREAM === `${dev}:${ino}` ? 'log' : 'pipe';
}

function describe(): { dev: bigint; ino: bigint; isFile: boolean } {
  const stat = fs.fstatSync(STDERR, { bigint: true });
  return { dev: stat.dev, ino: stat.ino, isFile: stat.isFile() };
}
