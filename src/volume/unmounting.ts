import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { forgetBeneath } from './beneath.js';
import { ControlClient } from './control.js';
import type { RemovedMount } from './dead-mounts.js';
import { causeAndCure, VolumeError } from './errors.js';
import { plainUnmount, removeDeadMount } from './mounting.js';
import { type Mount, markerfsMountAt, markerfsMountsOf } from './mounts.js';
import { realPath } from './paths.js';
import { openVolume } from './volume.js';

/** How long the daemon may take to make everything durable and end. */
const END_LIMIT_MS = 60_000;
const POLL_MS = 5;

/** The mount at a mountpoint, or of a source. */
function findMount(name: string): Mount {
  let real: string;
  try {
    real = realPath(name);
  } catch (error) {
    throw new VolumeError(`Cannot unmount "${name}": ${causeAndCure(error)}`, 1, { cause: error });
  }
  const mount = markerfsMountAt(real) ?? markerfsMountsOf(real).at(-1);
  if (!mount)
    throw new VolumeError(
      `Cannot unmount "${name}": nothing is mounted there by markerfs; see what is: findmnt -t fuse.markerfs`,
    );
  return mount;
}

/** Whether a process runs; one that ended and waits for its parent does not. */
function isRunning(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.at(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

async function waitForEnd(mount: Mount, pid: number): Promise<void> {
  const limit = performance.now() + END_LIMIT_MS;
  while (isRunning(pid) || markerfsMountAt(mount.mountpoint)?.dev === mount.dev) {
    if (performance.now() > limit) {
      throw new VolumeError(
        `Cannot unmount "${mount.mountpoint}": the daemon (pid ${pid}) has not ended after ${END_LIMIT_MS / 1000} s; look at daemon.log in its state folder`,
      );
    }
    await delay(POLL_MS);
  }
}

/** The daemon of a mount; undefined where its state folder cannot be found, or nobody listens there. */
async function daemonOf(mount: Mount, stateDir: string | undefined): Promise<ControlClient | undefined> {
  try {
    return await ControlClient.connect(openVolume(mount.source, stateDir));
  } catch (error) {
    if (stateDir === undefined && error instanceof VolumeError) return undefined;
    throw error;
  }
}

/**
 * Ends what is mounted at a mountpoint as SIGTERM does, and waits: in use, it goes out of sight at once and is served until
 * the last of its users is gone. Nothing is done where nothing is mounted there by markerfs.
 */
export async function retire(mountpoint: string, stateDir?: string): Promise<void> {
  const mount = markerfsMountAt(realPath(mountpoint));
  if (!mount) return;
  const daemon = await daemonOf(mount, stateDir);
  if (!daemon) return void unmountAlone(mount);
  const { pid } = await daemon.call('status').finally(() => daemon.close());
  process.kill(pid, 'SIGTERM');
  while (isRunning(pid)) await delay(POLL_MS);
}

/**
 * Unmounts without a daemon to ask: it was killed, or its state folder is out of reach and the end of its mount will
 * end it.
 */
function unmountAlone({ mountpoint, source }: Mount): RemovedMount | undefined {
  const removed = removeDeadMount(mountpoint);
  if (!removed) plainUnmount(mountpoint);
  if (removed && mountpoint === source) forgetBeneath(source);
  return removed;
}

/**
 * Unmounts what is mounted at a mountpoint (or of a source), and returns when the daemon has made everything durable
 * and ended. Answers what it was where its daemon had been killed. VolumeError where it is in use.
 */
export async function unmount(name: string, stateDir?: string): Promise<RemovedMount | undefined> {
  const mount = findMount(name);
  const daemon = await daemonOf(mount, stateDir);
  if (!daemon) return unmountAlone(mount);
  try {
    const { pid, mountpoint } = await daemon.call('status');
    // Another daemon's: this mount's source shows that one's state folder, through a read-only bind mount.
    if (mountpoint !== mount.mountpoint) return unmountAlone(mount);
    await daemon.call('unmount');
    await waitForEnd(mount, pid);
  } finally {
    daemon.close();
  }
  return undefined;
}
