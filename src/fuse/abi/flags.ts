/** The smaller flag words of linux/fuse.h, verbatim names. */

/** FOPEN_, in the reply to OPEN and CREATE: */
/** Reads and writes go to the backing file named by `backing_id`. */
export const FOPEN_PASSTHROUGH = 1 << 7;

/** FATTR_, which fields of SETATTR count: */
export const FATTR_MODE = 1 << 0;
export const FATTR_UID = 1 << 1;
export const FATTR_GID = 1 << 2;
export const FATTR_SIZE = 1 << 3;
export const FATTR_ATIME = 1 << 4;
export const FATTR_MTIME = 1 << 5;
/** `fh` is a handle of the file. */
export const FATTR_FH = 1 << 6;
export const FATTR_ATIME_NOW = 1 << 7;
export const FATTR_MTIME_NOW = 1 << 8;

/** Set-ID bits and file capabilities go with this change of size. */
export const FATTR_KILL_SUIDGID = 1 << 11;

/** OPEN with O_TRUNC: set-ID bits and file capabilities go. */
export const FUSE_OPEN_KILL_SUIDGID = 1 << 0;
/** WRITE: set-ID bits and file capabilities go. */
export const FUSE_WRITE_KILL_SUIDGID = 1 << 2;
/** FSYNC: fdatasync(2). */
export const FUSE_FSYNC_FDATASYNC = 1 << 0;
/** SETXATTR: the set-group-ID bit goes with this ACL. */
export const FUSE_SETXATTR_ACL_KILL_SGID = 1 << 0;

/** Types of the extension headers behind a request: supplementary groups (`enum fuse_ext_type`). */
export const FUSE_EXT_GROUPS = 32;

/** Messages to the kernel that answer no request: their number stands where an answer has its error. */
export const FUSE_NOTIFY_INVAL_INODE = 2;

/** ioctl(2) requests of /dev/fuse. */
export const FUSE_DEV_IOC_BACKING_OPEN = 0x4010e501;
export const FUSE_DEV_IOC_BACKING_CLOSE = 0x4004e502;
