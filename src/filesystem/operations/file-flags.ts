import { Operation } from '../../journal/record.js';
import {
  ENOTTY,
  FS_IOC_FSGETXATTR,
  FS_IOC_FSSETXATTR,
  FS_IOC_GETFLAGS,
  FS_IOC_SETFLAGS,
  native,
  O_NONBLOCK,
  O_RDONLY,
} from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';

/** As long as the longest argument, struct fsxattr; the flags are an int where their numbers say long. */
const argument = Buffer.alloc(28);

/**
 * ioctl(2) for file flags, as chattr(1), lsattr(1) and xfs_io(8) use it; every other one is ENOTTY. The kernel has
 * checked the caller's right to it, CAP_LINUX_IMMUTABLE included. `given` is what the caller hands in; the answer is
 * copied to `answer`. Returns 0 or −errno.
 */
export function ioctl(fs: Filesystem, id: number, request: number, given: Uint8Array, answer: Uint8Array): number {
  if (request === FS_IOC_GETFLAGS || request === FS_IOC_FSGETXATTR) {
    const result = run(fs, id, request);
    if (result === 0) argument.copy(answer);
    return result;
  }
  if (request !== FS_IOC_SETFLAGS && request !== FS_IOC_FSSETXATTR) return -ENOTTY;
  return fs.observer.changeObject(id, Operation.meta, () => {
    argument.fill(0);
    argument.set(given.subarray(0, argument.length));
    return run(fs, id, request);
  });
}

/** By a descriptor of its own: directories may be listed without a handle. */
function run(fs: Filesystem, id: number, request: number): number {
  const fd = fs.objects.open(id, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return fd;
  const result = native.ioctl(fd, request, argument);
  native.close(fd);
  return result;
}
