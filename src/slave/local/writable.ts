import { AT_FDCWD, fdPath, native, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../../syscalls/index.js';
import { isRoot } from '../../volume/user.js';
import type { BytePath } from '../path.js';
import { cname } from '../tree.js';

const ALL_FOR_OWNER = 0o700;

/**
 * Lets its owner into a directory: a copy of a read-only directory could otherwise be neither moved nor emptied by a
 * user who is not root. Whatever stays is given the source's mode again by rsync. Symlinks are not followed; what
 * cannot be changed is left for the next step to complain of.
 */
export function letOwnerIn(parent: number, name: BytePath): void {
  if (isRoot()) return;
  const fd = native.openat(parent, cname(name), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return;
  native.fchmodat(AT_FDCWD, fdPath(fd), ALL_FOR_OWNER);
  native.close(fd);
}
