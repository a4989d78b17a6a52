import { setTimeout as delay } from 'node:timers/promises';
import type { Xtime } from '../marker/mark.js';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { openBarrier } from './barrier.js';
import { SharedLock } from './exclusive.js';

/** How often it is looked whether the slaves are there, milliseconds. */
const LOOK_MS = 200;

/** A time that every change up to now is not after, and every later one is; the volume's status tells of it from now on. */
export async function takeCheckpoint(volume: Volume, state: State): Promise<Xtime> {
  const barrier = await openBarrier(volume, state, new SharedLock(volume));
  barrier.close();
  state.checkpoint.write(barrier.timeUs);
  return barrier.timeUs;
}

/** Comes when every slave but paused ones has everything up to a time, or with the signal. Ships nothing itself. */
export async function untilReached(state: State, timeUs: Xtime, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && state.slaves.behind(timeUs).some(({ paused }) => !paused))
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
}
