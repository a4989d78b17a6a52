import fs from 'node:fs';
import path from 'node:path';
import { VolumeError } from './errors.js';
import { markerfsMountAt } from './mounts.js';
import { openVolume, STATE_DIRECTORY, type Volume } from './volume.js';

/** A place in a volume. */
export interface Located {
  readonly volume: Volume;
  /** Below its root, a character for each byte; '' is the root. */
  readonly path: string;
}

/**
 * The volume that a path lies in, given by what is mounted or by its source, and where in it. The path itself need not
 * exist, and is not followed where it is a symlink. VolumeError where there is no volume.
 */
export function locate(name: Buffer, stateDir: string | undefined): Located {
  const plain = absolute(name);
  const located = locateAt(plain, stateDir) ?? locateAt(realParent(plain), stateDir);
  if (located) return located;
  throw new VolumeError(
    `Cannot find the volume of "${name}": no directory above it is mounted by markerfs or was; give the path in the mount or in the source`,
  );
}

/** Without `.`, `..` and slashes that say nothing; a character for each byte. */
function absolute(name: Buffer): string {
  const given = name.toString('latin1');
  const here = Buffer.from(`${process.cwd()}/`).toString('latin1');
  return path.posix.resolve(given.startsWith('/') ? given : here + given);
}

/** The same name in its directory's real place; the name as it is where there is no such directory. */
function realParent(name: string): string {
  try {
    const real = fs.realpathSync(Buffer.from(path.posix.dirname(name), 'latin1'), { encoding: 'buffer' });
    return path.posix.join(real.toString('latin1'), path.posix.basename(name));
  } catch {
    return name;
  }
}

function locateAt(name: string, stateDir: string | undefined): Located | undefined {
  const above = [name];
  for (let at = name; at !== '/'; above.push(at)) at = path.posix.dirname(at);
  const places = above.map((at) => ({
    at: Buffer.from(at, 'latin1').toString(),
    path: name.slice(at.length).replace(/^\//, ''),
  }));
  // The mount table first: a mount whose daemon hangs is not to be touched.
  const mounted = places.find(({ at }) => markerfsMountAt(at));
  if (mounted) return { volume: openVolume(mounted.at, stateDir), path: mounted.path };
  for (const place of places) {
    const volume = tryOpen(place.at, stateDir);
    if (volume) return { volume, path: place.path };
  }
  return undefined;
}

function tryOpen(source: string, stateDir: string | undefined): Volume | undefined {
  if (stateDir === undefined && !fs.existsSync(path.join(source, STATE_DIRECTORY, 'volume.json'))) return undefined;
  try {
    return openVolume(source, stateDir);
  } catch (error) {
    // Not the source whose state that is.
    if (stateDir !== undefined && error instanceof VolumeError) return undefined;
    throw error;
  }
}
