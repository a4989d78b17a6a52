import { setTimeout as delay } from 'node:timers/promises';
import { type BytePath, isState, readable, toBytes } from '../../slave/path.js';
import { causeAndCure, UserError } from '../../volume/errors.js';
import { type Lock, LockedError, lock } from '../../volume/lock.js';
import type { PendingPath } from '../../volume/pending.js';
import type { State } from '../../volume/state.js';
import type { Volume } from '../../volume/volume.js';
import { openBarrier } from '../barrier.js';
import { forgetCursor } from '../commit.js';
import { SharedLock } from '../exclusive.js';
import type { Glance } from '../glance.js';
import { LocalSource } from '../source.js';
import { Renewals } from './renewals.js';
import { refuseInterrupted, type Scanned, scan } from './scan.js';
import { Stamper, type Unstamped } from './stamp.js';

/** What a rescan found: the object that `rescan --json` prints, less its path. */
export interface Rescan {
  /** Objects looked at. */
  readonly considered: number;
  /** Those that changed without a mark, and have one now. */
  readonly marked: number;
  /** Those that were renamed or removed meanwhile: for these it is to be run again. */
  readonly missed: number;
  /** Whose next pass compares what is at and below the path. */
  readonly slaves: readonly string[];
  readonly seconds: number;
}

export interface RescanOptions {
  /** A pass is under way, and its end is waited for. */
  readonly onWait?: (held: LockedError) => void;
  /** Says how far it is. */
  readonly glance?: Glance;
  /** Ends it while it looks or waits: nothing has been marked then. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 50;

/**
 * Takes in what was changed behind the mount at and below a path:
 *
 * - What changed without a mark (see {@link scan}) gets one now, in a name of its own: the daemon's marks are never
 *   lowered, whatever it stamps meanwhile.
 * - The next pass of each slave walks, and looks at all names at and below the path on both sides, since nothing tells
 *   of names that are gone. Files are compared by size and time, marked ones and those in directories that may have been
 *   renamed by content.
 *
 * Marks are set while no slave is being shipped, so that no sync point comes between their time and them. UserError
 * where nothing is at the path, or something cannot be looked at.
 */
export async function rescan(
  volume: Volume,
  state: State,
  path: BytePath,
  options: RescanOptions = {},
): Promise<Rescan> {
  const startedMs = Date.now();
  const found = await look(volume, state, path, options);
  const locks: Lock[] = [];
  try {
    for (const { name } of state.slaves.list()) locks.push(await lockSlave(volume, name, options));
    const unstamped = await mark(volume, state, path, found);
    const missed = unstamped.filter(({ gone }) => gone).length;
    const slaves = shipped(state).map(({ name }) => name);
    const seconds = (Date.now() - startedMs) / 1000;
    return { considered: found.considered, marked: found.suspects.length - missed, missed, slaves, seconds };
  } finally {
    for (const held of locks) held.release();
  }
}

async function look(volume: Volume, state: State, path: BytePath, options: RescanOptions): Promise<Scanned> {
  const source = new LocalSource(volume);
  try {
    if (isState(path))
      throw new UserError(
        `Cannot rescan "${readable(path)}": it is a state folder, which is never shipped; give another path`,
      );
    if (!source.lstat(path))
      throw new UserError(
        `Cannot rescan "${readable(path)}": it is not there; if it was removed, give the directory that it was in`,
      );
    return await scan(source, path, new Renewals(state.barriers.list(), Date.now() * 1000), options);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot rescan "${readable(path)}": ${causeAndCure(error)}`, 1, { cause: error });
  } finally {
    source.close();
  }
}

async function lockSlave(volume: Volume, name: string, { onWait, signal }: RescanOptions): Promise<Lock> {
  for (let told = false; ; told = true) {
    try {
      return lock(volume, `ship-${name}`);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      if (!told) onWait?.(error);
      await delay(POLL_MS);
      refuseInterrupted(signal);
    }
  }
}

/** A slave whose first pass is not complete is going to be compared as a whole anyway. */
function shipped(state: State) {
  return state.slaves.list().filter(({ stimeUs }) => stimeUs > 0);
}

/** First what makes the next passes look, then the marks: a crash in between costs a look, and no mark is passed over. */
async function mark(volume: Volume, state: State, path: BytePath, { suspects, moved }: Scanned): Promise<Unstamped[]> {
  const barrier = await openBarrier(volume, state, new SharedLock(volume));
  const source = new LocalSource(volume);
  // The barrier's own time may be a slave's sync point; all marks that the daemon sets from now on are as late as this.
  const stamper = new Stamper(volume, barrier.timeUs + 1);
  try {
    for (const slave of shipped(state)) {
      forgetCursor(state, slave);
      state.notePending(slave.name, [
        toPending(path, 'look'),
        ...moved.map((directory) => toPending(directory, 'moved')),
      ]);
    }
    const unstamped = suspects.flatMap((suspect) => stamper.stamp(suspect) ?? []);
    const refused = unstamped.filter(({ gone }) => !gone).map((one) => toPending(one.path, 'moved'));
    for (const { name } of shipped(state)) state.notePending(name, refused);
    source.flush();
    return unstamped;
  } finally {
    stamper.close();
    source.close();
    barrier.close();
  }
}

function toPending(path: BytePath, kind: 'look' | 'moved'): PendingPath {
  return {
    path: toBytes(path),
    kind,
    whole: true,
    reason: 'changed behind the mount, perhaps',
    attempts: 0,
    nextTryUs: 0,
  };
}
