import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createFile, syncDirectory } from './atomic.js';
import { reachableRoot } from './beneath.js';
import { makeDirectories } from './directories.js';
import { causeAndCure, errorCode, VolumeError } from './errors.js';
import { markerfsMountAt } from './mounts.js';
import { isWithin, realPath } from './paths.js';

export { UserError, VolumeError } from './errors.js';

/** Name of the state folder in a source. Hidden in the mount, never shipped. */
export const STATE_DIRECTORY = '.markerfs';

const FORMAT = 1;

/** A directory tree that markerfs keeps copies of. */
export interface Volume {
  /** Names the volume for ever: in the names of marks and on the slaves. */
  readonly uuid: string;
  /** Real path of the directory. */
  readonly source: string;
  /** Where it is reached: the same, unless it is mounted over itself. */
  readonly root: string;
  /** Folder of the volume's own state: `<source>/.markerfs`, or where the user wants it. */
  readonly stateDir: string;
}

/** What volume.json holds. */
interface Identity {
  format: number;
  uuid: string;
  createdUs: number;
  /** Only where the state folder is outside the source: nothing else would tell whose it is. */
  source?: string;
  /** Of the same volumes: which directory the source was, see {@link directoryId}. */
  directory?: string;
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== 'object' || value === null) return false;
  const { format, uuid, source, directory } = value as Partial<Identity>;
  return (
    Number.isInteger(format) &&
    typeof uuid === 'string' &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) &&
    (source === undefined || typeof source === 'string') &&
    (directory === undefined || typeof directory === 'string')
  );
}

function parseIdentity(text: string, source: string, file: string): Identity {
  let identity: unknown;
  try {
    identity = JSON.parse(text);
  } catch {
    identity = undefined;
  }
  if (!isIdentity(identity)) {
    throw new VolumeError(`Cannot open volume "${source}": "${file}" is damaged; restore it from a backup`);
  }
  if (identity.format > FORMAT) {
    throw new VolumeError(
      `Cannot open volume "${source}": format of "${file}" is ${identity.format}, wanted ${FORMAT}; use a newer markerfs`,
    );
  }
  if (identity.source !== undefined && identity.source !== source) {
    throw new VolumeError(
      `Cannot open volume "${source}": "${path.dirname(file)}" is the state of "${identity.source}"; give another --state-dir`,
    );
  }
  return identity;
}

/** The volume of a source whose state folder is there, or undefined where the folder holds no volume. */
function readVolume(source: string, root: string, stateDir: string): Volume | undefined {
  const file = path.join(stateDir, 'volume.json');
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new VolumeError(`Cannot open volume "${source}": cannot read "${file}": ${causeAndCure(error)}`, 1, {
      cause: error,
    });
  }
  const { uuid, directory } = parseIdentity(text, source, file);
  if (directory !== undefined && directory !== directoryId(root)) {
    throw new VolumeError(
      `Cannot open volume "${source}": another directory is there now; is its filesystem mounted? If it was replaced, give a new --state-dir`,
    );
  }
  return { uuid, source, root, stateDir };
}

/**
 * Tells a directory from others that may come to its path: the empty one under a filesystem that is not mounted must
 * not be taken for a source whose files were all removed. Its birth or, where its filesystem notes none, its inode.
 */
function directoryId(directory: string): string {
  const { birthtimeNs, ino } = fs.statSync(directory, { bigint: true });
  return birthtimeNs === 0n ? `inode ${ino}` : `born ${birthtimeNs}`;
}

/** The real path of a source; VolumeError where it is no directory. */
export function resolveSource(source: string): string {
  try {
    const real = fs.realpathSync(source);
    if (fs.statSync(real).isDirectory()) return real;
  } catch (error) {
    throw new VolumeError(`Cannot use source "${source}": ${causeAndCure(error)}`, 1, { cause: error });
  }
  throw new VolumeError(`Cannot use source "${source}": it is not a directory; give a directory`);
}

/**
 * Makes the state folder, or closes one that is there to others: it tells names that they may not see. Answers its real
 * path.
 */
function makeStateDirectory(stateDir: string): string {
  try {
    makeDirectories(path.resolve(stateDir), 0o700);
    fs.chmodSync(stateDir, 0o700);
    syncDirectory(path.dirname(path.resolve(stateDir)));
    return fs.realpathSync(stateDir);
  } catch (error) {
    throw new VolumeError(`Cannot create state directory "${stateDir}": ${causeAndCure(error)}`, 1, { cause: error });
  }
}

/**
 * Opens the volume of a directory and makes it one where it is none yet: a state folder (0700) with a new identity.
 * Safe against a crash at any moment, and against other processes that do the same.
 */
export function createVolume(source: string, stateDir?: string): Volume {
  const real = resolveSource(source);
  const inside = path.join(real, STATE_DIRECTORY);
  if (stateDir !== undefined && path.resolve(stateDir) !== inside && isWithin(path.resolve(stateDir), real)) {
    throw new VolumeError(
      `Cannot use state directory "${stateDir}": it lies in the source and would be shipped; give one outside of it`,
    );
  }
  const folder = makeStateDirectory(stateDir ?? inside);
  const identity: Identity = { format: FORMAT, uuid: randomUUID(), createdUs: Date.now() * 1000 };
  if (folder !== inside) Object.assign(identity, { source: real, directory: directoryId(real) });
  try {
    const volume = readVolume(real, real, folder);
    if (volume) return volume;
    createFile(path.join(folder, 'volume.json'), `${JSON.stringify(identity, undefined, 2)}\n`);
  } catch (error) {
    if (error instanceof VolumeError) throw error;
    throw new VolumeError(`Cannot create volume "${real}": ${causeAndCure(error)}`, 1, { cause: error });
  }
  return openVolume(real, folder);
}

/**
 * The source behind a path: what is mounted there where it is a mountpoint of markerfs, or else the directory itself.
 */
function sourceOf(sourceOrMountpoint: string): string {
  try {
    const real = realPath(sourceOrMountpoint);
    const mount = markerfsMountAt(real);
    if (mount) return mount.source;
  } catch (error) {
    throw new VolumeError(`Cannot open volume "${sourceOrMountpoint}": ${causeAndCure(error)}`, 1, { cause: error });
  }
  return resolveSource(sourceOrMountpoint);
}

/** Where the state folder is reached that is given, or is the source's own. */
function stateFolder(source: string, root: string, stateDir: string | undefined): string {
  const inside = path.join(source, STATE_DIRECTORY);
  const folder = path.resolve(stateDir ?? inside);
  return folder === inside ? path.join(root, STATE_DIRECTORY) : folder;
}

/** The same volume, to be reached at another place while its source is covered. */
export function reachedAt(volume: Volume, root: string): Volume {
  return { ...volume, root, stateDir: stateFolder(volume.source, root, volume.stateDir) };
}

/** The nearest directory above this one that is mounted or a volume's source; undefined where there is none. */
function volumeAround(directory: string): string | undefined {
  const above = path.dirname(directory);
  if (above === directory) return undefined;
  const isVolume =
    markerfsMountAt(above) !== undefined || fs.existsSync(path.join(above, STATE_DIRECTORY, 'volume.json'));
  return isVolume ? above : volumeAround(above);
}

/** Opens the volume of a source, or of what is mounted at a mountpoint. VolumeError where there is none. */
export function openVolume(sourceOrMountpoint: string, stateDir?: string): Volume {
  const source = sourceOf(sourceOrMountpoint);
  const root = reachableRoot(source);
  const volume = readVolume(source, root, stateFolder(source, root, stateDir));
  if (volume) return volume;
  const around = stateDir === undefined ? volumeAround(source) : undefined;
  if (around !== undefined)
    throw new VolumeError(`Cannot open volume "${source}": it lies in the volume of "${around}"; give that`);
  const hint = stateDir === undefined ? '' : `; "${stateDir}" holds none`;
  throw new VolumeError(
    `Cannot open volume "${source}": it was never mounted by markerfs; mount it first (markerfs "${source}" <mountpoint>), or give --state-dir${hint}`,
  );
}
