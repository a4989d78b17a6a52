import type { PassResult } from '../ship/commit.js';
import { showDuration } from './duration.js';
import { say, tell } from './say.js';
import { count, showBytes } from './text.js';

/** Tells people of a pass of one slave, in a line; `what` stands behind the slave's name. */
export function sayPass(result: PassResult, what: string): void {
  if (result.error !== undefined) {
    tell(`${result.slave}: ${result.error}`);
    return;
  }
  const { slave, crawl, considered, shipped, renamed, deleted, failed, waiting, bytes, seconds } = result;
  const done = [
    `${count(shipped, 'object')} shipped (${showBytes(bytes)})`,
    `${renamed} renamed`,
    `${deleted} deleted`,
  ];
  if (waiting > 0) done.push(`${waiting} still being written`);
  if (failed > 0) done.push(`${failed} FAILED, to be retried`);
  say(
    `${slave}: ${what}${crawl}, ${count(considered, 'object')} considered, ${done.join(', ')}, ${showDuration(seconds)}`,
  );
}
