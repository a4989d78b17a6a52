import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  check,
  cstr,
  emptyName,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_STRICTATIME,
  MS_NOATIME,
  MS_NODIRATIME,
  MS_PRIVATE,
  MS_RELATIME,
  MS_STRICTATIME,
  native,
  O_CLOEXEC,
  O_DIRECTORY,
  O_RDONLY,
  OPEN_TREE_CLONE,
} from '../syscalls/index.js';
import { VolumeError } from './errors.js';
import { listMounts } from './mounts.js';
import { isWithin } from './paths.js';

/**
 * Opens the root of a source through a mount of this process's own, which shows what a bind mount of it would: other
 * filesystems that are or will be mounted below it are not seen, markerfs's mounts among them. It vanishes with the last
 * descriptor. `mountFlags` (of mount(2)) say how reading moves access times there; as on the source's own mount where
 * they do not.
 *
 * Only root can have such a mount. For others the source's own has to do; VolumeError where something is mounted below.
 */
export function openRoot(source: string, mountFlags = 0): number {
  const clone = native.open_tree(AT_FDCWD, cstr(source), OPEN_TREE_CLONE | O_CLOEXEC);
  if (clone < 0) {
    refuseMountsBelow(source);
    return openDirectory(AT_FDCWD, source, source);
  }
  try {
    const attributes = attributesFor(mountFlags);
    check(native.mount_setattr(clone, emptyName, AT_EMPTY_PATH, attributes), 'mount_setattr', source);
    return openDirectory(clone, '.', source);
  } finally {
    native.close(clone);
  }
}

function openDirectory(at: number, name: string, source: string): number {
  return check(native.openat(at, cstr(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), 'open', source);
}

/** relatime is no bit: what is left when the others are cleared. Private: what is mounted on the source, the mount of markerfs itself above all, must not spread to this one. */
function attributesFor(flags: number): Buffer {
  const attributes = Buffer.alloc(32);
  let set = flags & MS_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0;
  if (flags & MS_NOATIME) set |= MOUNT_ATTR_NOATIME;
  if (flags & MS_STRICTATIME) set |= MOUNT_ATTR_STRICTATIME;
  const rule = flags & (MS_NOATIME | MS_STRICTATIME | MS_RELATIME);
  attributes.writeUInt32LE(set, 0);
  attributes.writeUInt32LE(rule === 0 ? 0 : MOUNT_ATTR__ATIME, 8);
  attributes.writeUInt32LE(MS_PRIVATE, 16);
  return attributes;
}

function refuseMountsBelow(source: string): void {
  const below = listMounts().find(({ mountpoint }) => mountpoint !== source && isWithin(mountpoint, source));
  if (below === undefined) return;
  throw new VolumeError(
    `Cannot use source "${source}": a filesystem is mounted below it, on "${below.mountpoint}"; unmount it, or let root mount the source, which leaves it out`,
  );
}
