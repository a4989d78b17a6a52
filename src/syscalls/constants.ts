/** Numbers of the Linux ABI (x86-64 and arm64 where they agree), by the header that defines them. */
import { constants as fs } from 'node:fs';

// fcntl.h. The O_ flags that differ between architectures come from Node, which was compiled for this one.
export const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK } = fs;
export const { O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_NOATIME, O_SYNC, O_DSYNC } = fs;
export const O_ACCMODE = 0o3;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const O_TMPFILE = 0o20000000 | O_DIRECTORY;
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_NO_AUTOMOUNT = 0x800;
export const AT_EMPTY_PATH = 0x1000;
export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const RENAME_WHITEOUT = 4;

// sys/stat.h
export const { S_IFMT, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFLNK, S_IFSOCK } = fs;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;

// linux/stat.h
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const STATX_SIZE_BYTES = 256;

// dirent.h
export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_DIR = 4;
export const DT_REG = 8;
export const DT_LNK = 10;

// linux/fs.h: file flags, and those that XFS began with (struct fsxattr, 28 bytes).
export const FS_IOC_GETFLAGS = 0x80086601;
export const FS_IOC_SETFLAGS = 0x40086602;
export const FS_IOC_FSGETXATTR = 0x801c581f;
export const FS_IOC_FSSETXATTR = 0x401c5820;

// unistd.h, sys/file.h, poll.h, time.h
export const SEEK_SET = 0;
export const SEEK_HOLE = 4;
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;
export const POLLIN = 1;
export const CLOCK_REALTIME = 0;

// sys/mount.h
export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_SYNCHRONOUS = 16;
export const MS_DIRSYNC = 128;
export const MS_NOATIME = 1024;
export const MS_NODIRATIME = 2048;
export const MS_RELATIME = 1 << 21;
export const MS_STRICTATIME = 1 << 24;
export const MS_BIND = 4096;
export const MS_PRIVATE = 1 << 18;
export const MNT_DETACH = 2;

// linux/mount.h
export const OPEN_TREE_CLONE = 1;
export const MOUNT_ATTR_NOATIME = 0x10;
export const MOUNT_ATTR_STRICTATIME = 0x20;
export const MOUNT_ATTR__ATIME = 0x70;
export const MOUNT_ATTR_NODIRATIME = 0x80;

// sched.h, linux/prctl.h, linux/securebits.h, linux/capability.h
export const CLONE_FS = 0x200;
export const PR_SET_SECUREBITS = 28;
export const SECBIT_NO_SETUID_FIXUP = 4;
export const CAP_FSETID = 4;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_RESOURCE = 24;

// sys/mman.h
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_ANONYMOUS = 0x20;
