import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { check, cstr, MNT_DETACH, MS_BIND, MS_PRIVATE, native } from '../syscalls/index.js';
import { errorCause, VolumeError } from './errors.js';
import { listMounts, markerfsMountAt } from './mounts.js';
import { isRoot } from './user.js';

/**
 * A source that is mounted over itself: whoever goes by its name meets the mount. What is beneath, the files and the
 * state folder, is then reached at a place where the source is bound a second time, privately, so that the mount over
 * it does not show there. It has a name, since SQLite opens its files by name only, and it outlives a daemon that was
 * killed, so that what was written is still shipped.
 */

const PLACES = '/run/markerfs';

function placeOf(source: string): string {
  return path.join(PLACES, createHash('sha256').update(source).digest('hex').slice(0, 16));
}

function isMountpoint(place: string): boolean {
  return listMounts().some(({ mountpoint }) => mountpoint === place);
}

/** Where a source is reached by name: its own path or, where its mount covers it, the place beneath. */
export function reachableRoot(source: string): string {
  if (markerfsMountAt(source)?.source !== source) return source;
  const place = placeOf(source);
  if (isMountpoint(place)) return place;
  throw new VolumeError(
    `Cannot reach source "${source}": its mount covers it, and nothing is mounted on "${place}"; unmount it, and mount it again`,
  );
}

/** Makes the place beneath a source that is about to be covered, in place of one that a killed daemon left. */
export function keepReachable(source: string): string {
  const place = placeOf(source);
  try {
    fs.mkdirSync(place, { recursive: true, mode: 0o700 });
    if (isMountpoint(place)) check(native.umount2(cstr(place), MNT_DETACH), 'umount2', place);
    const none = cstr('none');
    check(native.mount(cstr(source), cstr(place), none, MS_BIND, none), 'mount', place);
    check(native.mount(none, cstr(place), none, MS_PRIVATE, none), 'mount', place);
    return place;
  } catch (error) {
    const hint = isRoot() ? '' : '; only root can mount a source over itself';
    throw new VolumeError(`Cannot keep "${source}" within reach on "${place}": ${errorCause(error)}${hint}`);
  }
}

/** The source is not covered any more: removes the place, if there is one. */
export function forgetBeneath(source: string): void {
  const place = placeOf(source);
  if (!isMountpoint(place)) return;
  native.umount2(cstr(place), MNT_DETACH);
  fs.rmdirSync(place);
}
