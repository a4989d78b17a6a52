import fs from 'node:fs';
import path from 'node:path';
import { EAGAIN, errnoName, LOCK_EX, LOCK_NB, native } from '../syscalls/index.js';
import { causeAndCure, UserError } from './errors.js';
import { markerfsMountsOf } from './mounts.js';
import type { Volume } from './volume.js';

/**
 * `daemon`: who serves the volume, or ships it while nothing is mounted. `ship-<slave>`: who brings that slave up to
 * date.
 */
export type LockName = 'daemon' | `ship-${string}`;

/** A lock that this process holds until it releases it or ends, however it ends. */
export interface Lock {
  /** A second call does nothing. */
  release(): void;
}

/** What the holder of a lock does, and what can be done about it. */
function holding(source: string, lockName: LockName): { cause: string; cure: string } {
  const cure = 'wait for its end';
  if (lockName !== 'daemon') return { cause: `slave "${lockName.slice('ship-'.length)}" is being shipped`, cure };
  const mountpoint = markerfsMountsOf(source).at(-1)?.mountpoint;
  if (mountpoint === undefined) return { cause: 'it is being shipped, or mounted or unmounted just now', cure };
  return { cause: `it is mounted on "${mountpoint}"`, cure: `unmount it first (markerfs umount "${mountpoint}")` };
}

/** Another process holds the lock. */
export class LockedError extends UserError {
  override name = 'LockedError';
  /** The message without what to do, for whoever does it. */
  readonly said: string;

  constructor(
    source: string,
    lockName: LockName,
    /** Its process id; undefined in the instant before it has written it. */
    readonly pid: number | undefined,
  ) {
    const { cause, cure } = holding(source, lockName);
    const message = `Cannot lock volume "${source}": ${cause}, by pid ${pid ?? 'unknown'}`;
    super(`${message}; ${cure}`);
    this.said = message;
  }
}

function readPid(file: string): number | undefined {
  const pid = Number.parseInt(fs.readFileSync(file, 'latin1'), 10);
  return pid > 0 ? pid : undefined;
}

function openLockFile(volume: Volume, file: string): number {
  try {
    // Never unlinked: a process could hold the lock of an unlinked file while another takes that of a new one.
    return fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  } catch (error) {
    throw new UserError(`Cannot lock volume "${volume.source}": cannot open "${file}": ${causeAndCure(error)}`, 1, {
      cause: error,
    });
  }
}

class HeldLock implements Lock {
  #fd: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  release(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * Takes a lock of the volume, or throws LockedError with the holder's pid. The kernel releases it when the process
 * dies; the processes that it started do not inherit it.
 */
export function lock(volume: Volume, name: LockName): Lock {
  const file = path.join(volume.stateDir, `${name}.lock`);
  const fd = openLockFile(volume, file);
  const result = native.flock(fd, LOCK_EX | LOCK_NB);
  if (result < 0) {
    fs.closeSync(fd);
    if (result === -EAGAIN) throw new LockedError(volume.source, name, readPid(file));
    throw new UserError(`Cannot lock volume "${volume.source}": flock of "${file}" failed: ${errnoName(-result)}`);
  }
  fs.ftruncateSync(fd);
  fs.writeSync(fd, `${process.pid}\n`, 0);
  return new HeldLock(fd);
}

/** Who holds a lock of the volume, by its process id; undefined where nobody does. */
export function holderOf(volume: Volume, name: LockName): number | undefined {
  try {
    lock(volume, name).release();
    return undefined;
  } catch (error) {
    if (error instanceof LockedError) return error.pid;
    throw error;
  }
}
