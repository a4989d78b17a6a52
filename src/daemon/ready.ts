import { rmSync } from 'node:fs';
import { MS_RDONLY } from '../syscalls/index.js';
import { forgetBeneath, keepReachable } from '../volume/beneath.js';
import { describeRemoved } from '../volume/dead-mounts.js';
import { lock } from '../volume/lock.js';
import { type MountPlan, planMount } from '../volume/mounting.js';
import { makeTemporary } from '../volume/temporary.js';
import { createVolume, reachedAt, type Volume } from '../volume/volume.js';
import type { DaemonOptions } from './options.js';

/** A volume that nobody else serves, ready to be mounted. */
export interface Ready {
  readonly plan: MountPlan;
  readonly volume: Volume;
  /** Flags of mount(2). */
  readonly mountFlags: number;
  /** What the user should know of how this came about. */
  readonly notes: readonly string[];
  /** Undoes it, when the mount has ended or did not come about. */
  leave(): void;
}

/** Makes a volume ready for its mount, under its daemon lock. UserError says why it cannot be mounted. */
export function makeReady(options: DaemonOptions): Ready {
  const plan = planMount(options.source, options.mountpoint);
  // Nothing will change, but the daemon's parts want a place for their files all the same.
  const temporary = plan.readOnly && options.stateDir === undefined ? makeTemporary('markerfs-') : '';
  const created = createVolume(plan.source, temporary || options.stateDir);
  const held = lock(created, 'daemon');
  const volume = plan.overItself ? reachedAt(created, keepReachable(plan.source)) : created;
  const leave = (): void => {
    if (plan.overItself) forgetBeneath(plan.source);
    if (temporary) rmSync(temporary, { recursive: true });
    held.release();
  };
  const { mountFlags = 0 } = options;
  return {
    plan,
    volume,
    mountFlags: plan.readOnly ? mountFlags | MS_RDONLY : mountFlags,
    notes: notesOn(plan, temporary !== ''),
    leave,
  };
}

function notesOn({ removed, readOnly, source }: MountPlan, isTemporary: boolean): string[] {
  const notes = removed ? describeRemoved(removed) : [];
  if (readOnly) {
    const hint = isTemporary ? '; it can be shipped only with a state folder elsewhere (--state-dir)' : '';
    notes.push(`The filesystem of "${source}" is read-only, and so is the mount${hint}`);
  }
  return notes;
}
