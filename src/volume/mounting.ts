import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cstr, EBUSY, EPERM, errnoName, MNT_DETACH, native } from '../syscalls/index.js';
import { type RemovedMount, survivorsOf } from './dead-mounts.js';
import { causeAndCure, errorCause, errorCode, VolumeError } from './errors.js';
import { type Mount, markerfsMountAt } from './mounts.js';
import { isWithin, realPath } from './paths.js';
import { resolveSource } from './volume.js';

const IN_USE = 'it is in use; end the programs that use it (fuser -vm shows them)';

/** What can be mounted where. */
export interface MountPlan {
  /** Real path of the source. */
  readonly source: string;
  /** Real path of the mountpoint. */
  readonly mountpoint: string;
  /** What a killed daemon had left at the mountpoint. */
  readonly removed: RemovedMount | undefined;
  /** The mount covers its own source. */
  readonly overItself: boolean;
  /** Nothing can be changed on the source's filesystem, by anybody. */
  readonly readOnly: boolean;
}

/** There is no daemon; or it went while it was asked, with the question in its hands, or still in its ring. */
const GONE = new Set(['ENOTCONN', 'ECONNABORTED', 'ECANCELED']);

/**
 * Whether the mount at this path has lost its daemon. statfs(2) always asks it; the kernel may answer stat(2) from
 * memory.
 */
export function isDeadMount(mountpoint: string): boolean {
  try {
    fs.statfsSync(mountpoint);
    return false;
  } catch (error) {
    return GONE.has(errorCode(error));
  }
}

function cannotUnmount(mountpoint: string, cause: string): VolumeError {
  return new VolumeError(`Cannot unmount "${mountpoint}": ${cause}`);
}

/** The way for users who may not call umount2(2). */
function fusermount(mountpoint: string, options: string[]): void {
  try {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    execFileSync('fusermount3', [...options, '--', mountpoint], {
      stdio: [...stdio],
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch (error) {
    const text = String((error as { stderr?: Buffer }).stderr ?? '').trim();
    if (text.includes('busy')) throw cannotUnmount(mountpoint, IN_USE);
    throw cannotUnmount(mountpoint, text.split('\n').at(-1) || errorCause(error));
  }
}

/** Takes a mount out of the tree at once, whoever still uses it; for mounts whose daemon is gone. */
export function detachMount(mountpoint: string): void {
  const result = native.umount2(cstr(mountpoint), MNT_DETACH);
  if (result === -EPERM) fusermount(mountpoint, ['-u', '-z']);
  else if (result < 0) throw cannotUnmount(mountpoint, errnoName(-result));
}

/** Takes a mount out of the tree without the daemon's help; VolumeError where it is in use. */
export function plainUnmount(mountpoint: string): void {
  const result = native.umount2(cstr(mountpoint), 0);
  if (result === -EPERM) fusermount(mountpoint, ['-u']);
  else if (result < 0) throw cannotUnmount(mountpoint, result === -EBUSY ? IN_USE : errnoName(-result));
}

function unmountFirst(mountpoint: string): string {
  return `unmount it first (markerfs umount "${mountpoint}")`;
}

function refuse(mountpoint: string, cause: string): never {
  throw new VolumeError(`Cannot mount on "${mountpoint}": ${cause}`);
}

/** Takes out a mount whose daemon is gone; undefined where there is none at this path. */
export function removeDeadMount(mountpoint: string): RemovedMount | undefined {
  if (!isDeadMount(mountpoint)) return undefined;
  const survivors = survivorsOf(mountpoint);
  detachMount(mountpoint);
  return { mountpoint, survivors };
}

/** The real path of a mountpoint, freed of a dead mount where one is there. */
function freeMountpoint(name: string): Pick<MountPlan, 'mountpoint' | 'removed'> {
  try {
    const mountpoint = realPath(name);
    return { mountpoint, removed: removeDeadMount(mountpoint) };
  } catch (error) {
    if (error instanceof VolumeError) throw error;
    const hint = errorCode(error) === 'ENOENT' ? `; create it first (mkdir "${name}")` : undefined;
    return refuse(name, hint === undefined ? causeAndCure(error) : errorCause(error) + hint);
  }
}

function isEmpty(mountpoint: string): boolean {
  try {
    return fs.readdirSync(mountpoint).length === 0;
  } catch (error) {
    return refuse(mountpoint, causeAndCure(error));
  }
}

/** The real path of a source that is not mounted over itself, and is no mount of markerfs. */
function freeSource(name: string): string {
  const mount = mountAt(name);
  if (mount === undefined) return resolveSource(name);
  const cause =
    mount.source === mount.mountpoint
      ? `it is already mounted, over itself; ${unmountFirst(mount.mountpoint)}`
      : `it is a mountpoint of markerfs itself; give another directory, or its source "${mount.source}"`;
  throw new VolumeError(`Cannot use source "${mount.mountpoint}": ${cause}`);
}

function mountAt(name: string): Mount | undefined {
  try {
    return markerfsMountAt(realPath(name));
  } catch {
    // What is wrong with the name is for its user to say.
    return undefined;
  }
}

function isReadOnly(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === 'EROFS';
  }
}

/** The daemon loads parts of itself while it mounts: it would wait for itself. */
function checkPrograms(source: string): void {
  const programs = [process.execPath, fs.realpathSync(fileURLToPath(new URL('..', import.meta.url)))];
  const inside = programs.find((program) => isWithin(program, source));
  if (inside)
    refuse(
      source,
      `the source would be covered, and "${inside}", which serves the mount, lies in it; mount it elsewhere`,
    );
}

function checkMountpoint(mountpoint: string, source: string): void {
  const mount = markerfsMountAt(mountpoint);
  if (mount) refuse(mountpoint, `it is already mounted, with "${mount.source}"; ${unmountFirst(mountpoint)}`);
  // Whoever walks the source would walk on through the mount, round and round.
  if (isWithin(mountpoint, source))
    refuse(mountpoint, `it lies within the source "${source}"; mount over the source itself, or elsewhere`);
  if (!isEmpty(mountpoint)) refuse(mountpoint, 'the directory is not empty; give an empty one');
}

/**
 * Checks that a source can be mounted on a mountpoint, and removes what a killed daemon left there. VolumeError says
 * what is wrong. Whether another daemon serves the source is for the lock to say.
 */
export function planMount(sourceName: string, mountpointName: string): MountPlan {
  // First: a dead mount may cover the source.
  const { mountpoint, removed } = freeMountpoint(mountpointName);
  const source = freeSource(sourceName);
  const overItself = mountpoint === source;
  if (overItself) checkPrograms(source);
  else checkMountpoint(mountpoint, source);
  return { source, mountpoint, removed, overItself, readOnly: isReadOnly(source) };
}
