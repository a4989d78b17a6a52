import { fromBytes, toBytes } from '../slave/path.js';
import type { PendingPath } from '../volume/pending.js';
import type { LastPass, SlaveRecord, SlaveState } from '../volume/slaves.js';
import type { State } from '../volume/state.js';
import type { PassOutcome } from './pass.js';
import type { PhaseSeconds } from './phases.js';
import type { Later, Shipped } from './work.js';

/** What one pass did for one slave: the object that `ship --json` prints. */
export interface PassResult {
  slave: string;
  crawl: 'initial' | 'walk' | 'journal';
  /** Objects that the pass looked at. */
  considered: number;
  /** Files that were compared, and whose content was right. */
  unchanged: number;
  /** Objects that were brought over, content or attributes. */
  shipped: number;
  /** Renames replayed on the slave. */
  renamed: number;
  deleted: number;
  /** Paths that could not be brought over; they hold the sync point back. */
  failed: number;
  /** Files that are still being written, and wait; they hold the sync point before their first change. */
  waiting: number;
  /** Bytes of content that were sent. */
  bytes: number;
  /** All bytes that went from one rsync to the other, and back. */
  wireBytes: number;
  seconds: number;
  phases: PhaseSeconds;
  /**
   * Everything marked at or before this time is on the slave, µs since 1970; null: not even the first pass is complete.
   */
  syncPoint: number | null;
  error?: string;
}

/** What a pass leaves that looks at all of the slave, if it is cut: the next one has to, whatever is set by then. */
export const ALL_AGAIN: PendingPath = {
  path: toBytes(''),
  kind: 'look',
  whole: true,
  reason: 'other things are to be on the slave than before',
  attempts: 0,
  nextTryUs: 0,
};

const FIRST_RETRY_US = 30e6;
const LAST_RETRY_US = 3600e6;

/** Writes down what a pass reached: on the slave, then in the volume, then its manifest is of no use. */
export async function commitPass(
  state: State,
  outcome: PassOutcome,
  before: readonly PendingPath[],
  result: PassResult,
  startedUs: number,
): Promise<void> {
  const { work, journalId, position, stimeUs, settled } = outcome;
  await work.slave.writeSyncPoint({ stimeUs, position, journalId, settled });
  const pending = pendingOf(work, before, startedUs);
  const reached: SlaveState = stimeUs === 0 ? 'initializing' : 'active';
  const lastPass: LastPass = { ...result, startedUs };
  const excluded = work.source.selection.patterns;
  const keptDeletes = work.wanted.keepsDeleted === true;
  const known = { pending, lastPass, state: reached, reason: null, excluded, keptDeletes };
  state.commitPass(work.slave.name, { journalId, position, stimeUs, ...known });
  if (!('plain' in work.slave)) await work.slave.writeManifest(undefined);
}

export function pendingOf(
  work: Pick<Shipped, 'later' | 'overlay'>,
  before: readonly PendingPath[],
  nowUs: number,
): PendingPath[] {
  const attempts = new Map(before.map(({ path, attempts }) => [fromBytes(path), attempts]));
  return [...work.later].map(([path, later]) => {
    const node = work.overlay?.find(path);
    return toPending(path, later, node?.pending?.attempts ?? attempts.get(path) ?? 0, nowUs);
  });
}

function toPending(path: string, later: Later, before: number, nowUs: number): PendingPath {
  const { kind, whole, reason, waiting, busy } = later;
  if (busy) return { path: toBytes(path), kind, whole, reason, attempts: 0, ...busy };
  const attempts = waiting ? waiting.attempts : before + 1;
  const nextTryUs = waiting
    ? waiting.nextTryUs
    : kind === 'failed'
      ? nowUs + Math.min(FIRST_RETRY_US * 2 ** before, LAST_RETRY_US)
      : 0;
  return { path: toBytes(path), kind, whole, reason, attempts, nextTryUs };
}

/**
 * Makes the next pass walk, until a walk is complete. A walk brings names to the slave that the journal places
 * elsewhere: if it is cut, no pass may take the slave for what it was at its position.
 */
export function forgetCursor(
  state: State,
  { name, journalId, stimeUs, lastPass, reason, ...slave }: SlaveRecord,
): void {
  if (journalId === null) return;
  if (!lastPass) throw new Error(`Slave "${name}" has a position and no pass`);
  const pending = state.pending.of(name);
  state.commitPass(name, { journalId: null, position: 0, stimeUs, pending, lastPass, state: slave.state, reason });
}
