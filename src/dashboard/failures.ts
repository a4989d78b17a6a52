import { plainLine, showName } from '../volume/names.js';
import type { PendingPath, PendingPaths } from '../volume/pending.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { FailedPath, SlaveFailures } from './page/messages.js';

/** Paths that are named, of each slave. */
const MOST_NAMED = 50;

/** What could not be shipped, of every slave that has such. */
export function failuresOf(slaves: readonly SlaveRecord[], pending: PendingPaths): SlaveFailures[] {
  return slaves.flatMap(({ name, state, reason, paused }) => {
    const { failed } = pending.count(name);
    const why = state === 'faulty' && reason !== null ? plainLine(reason) : null;
    if (failed === 0 && why === null) return [];
    return { slave: name, paused, reason: why, total: failed, paths: pending.failed(name, MOST_NAMED).map(show) };
  });
}

function show({ path, reason, attempts, nextTryUs }: PendingPath): FailedPath {
  return {
    path: path.length === 0 ? '.' : showName(path),
    reason: plainLine(reason),
    attempts,
    nextTryMs: Math.round(nextTryUs / 1000),
  };
}
