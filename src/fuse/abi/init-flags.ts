/**
 * Flags of FUSE_INIT (linux/fuse.h), as bits of one 64-bit word: `flags`, then `flags2` above bit 31. Verbatim names, a
 * line for each.
 */
const bit = (index: number): bigint => 1n << BigInt(index);

/** Several reads of one file may be under way at once. */
export const FUSE_ASYNC_READ = bit(0);
/** open(2) with O_TRUNC is one OPEN request, not a SETATTR and an OPEN. */
export const FUSE_ATOMIC_O_TRUNC = bit(3);
/** Writes larger than a page. */
export const FUSE_BIG_WRITES = bit(5);
/**
 * The umask comes with the request and is not applied by the kernel: only the source knows whether a default ACL
 * replaces it.
 */
export const FUSE_DONT_MASK = bit(6);
/** Cached data is dropped when size or mtime are seen to have changed. */
export const FUSE_AUTO_INVAL_DATA = bit(12);
/** READDIRPLUS is understood … */
export const FUSE_DO_READDIRPLUS = bit(13);
/** … and the kernel chooses between it and READDIR by what the reader does with the names. */
export const FUSE_READDIRPLUS_AUTO = bit(14);
/** O_DIRECT requests of one process may be under way at once. */
export const FUSE_ASYNC_DIO = bit(15);
/** Lookups and listings in one directory run side by side. */
export const FUSE_PARALLEL_DIROPS = bit(18);
/** ACLs are checked by the kernel and travel as xattrs. */
export const FUSE_POSIX_ACL = bit(20);
/** Reads and writes of up to `max_pages`. */
export const FUSE_MAX_PAGES = bit(22);
/** Targets of symlinks stay in the page cache. */
export const FUSE_CACHE_SYMLINKS = bit(23);
/**
 * We drop set-user-ID and set-group-ID bits and file capabilities at writes, truncations and chowns. Without this the
 * kernel asks for `security.capability` before every single write, a round trip each, even with passthrough.
 */
export const FUSE_HANDLE_KILLPRIV_V2 = bit(28);
/** SETXATTR carries FUSE_SETXATTR_ACL_KILL_SGID. */
export const FUSE_SETXATTR_EXT = bit(29);
/** `flags2` is in use. */
export const FUSE_INIT_EXT = bit(30);
/** Creations carry the caller's supplementary group where it is the parent directory's group. */
export const FUSE_CREATE_SUPP_GROUP = bit(34);
/** Files opened with FOPEN_DIRECT_IO may be mapped shared. */
export const FUSE_DIRECT_IO_ALLOW_MMAP = bit(36);
/** Opens may hand over a backing file that the kernel reads and writes itself. */
export const FUSE_PASSTHROUGH = bit(37);
/** Requests may come over io_uring, a queue for each processor. */
export const FUSE_OVER_IO_URING = bit(41);

/**
 * What markerfs honours. Whatever else a kernel offers is refused; the harm that the likeliest of them would do stands
 * below.
 */
export const honoured =
  FUSE_ASYNC_READ |
  FUSE_ATOMIC_O_TRUNC |
  FUSE_BIG_WRITES |
  FUSE_DONT_MASK |
  FUSE_AUTO_INVAL_DATA |
  FUSE_DO_READDIRPLUS |
  FUSE_READDIRPLUS_AUTO |
  FUSE_ASYNC_DIO |
  FUSE_PARALLEL_DIROPS |
  FUSE_POSIX_ACL |
  FUSE_MAX_PAGES |
  FUSE_CACHE_SYMLINKS |
  FUSE_HANDLE_KILLPRIV_V2 |
  FUSE_SETXATTR_EXT |
  FUSE_INIT_EXT |
  FUSE_CREATE_SUPP_GROUP |
  FUSE_DIRECT_IO_ALLOW_MMAP |
  FUSE_PASSTHROUGH |
  FUSE_OVER_IO_URING;

/**
 * Refused, and why:
 * - FUSE_WRITEBACK_CACHE (bit 16): the kernel would own size and mtime and write after the marks; it also excludes
 *   passthrough.
 * - FUSE_EXPORT_SUPPORT (bit 4): promises that a nodeid outlives its last FORGET.
 * - FUSE_POSIX_LOCKS (bit 1), FUSE_FLOCK_LOCKS (bit 10): without them the kernel keeps locks itself, which is right for
 *   one host and needs no round trip.
 * - FUSE_NO_OPEN_SUPPORT (bit 17): opens for writing must be seen.
 * - FUSE_NO_OPENDIR_SUPPORT (bit 24): only tells that OPENDIR may be answered ENOSYS, which it is.
 * - FUSE_HANDLE_KILLPRIV (bit 19): the older form of FUSE_HANDLE_KILLPRIV_V2; one of the two is enough.
 */
