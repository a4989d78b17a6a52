// Every function of the addon, by the file that defines it: X(name in JavaScript). The C name is sys_<name>.

#ifndef MARKERFS_FUNCTIONS_H
#define MARKERFS_FUNCTIONS_H

#include "call.h"

#define FILE_FUNCTIONS(X)                                                                                            \
  X(openat) X(close) X(read) X(write) X(pread) X(pwrite) X(lseek) X(fsync) X(fdatasync) X(syncfs) X(ftruncate)       \
  X(fallocate) X(copy_file_range) X(flock) X(getdents64) X(statx) X(fstatfs) X(mkdirat) X(mknodat) X(symlinkat)      \
  X(readlinkat) X(linkat) X(unlinkat) X(renameat2) X(fchmod) X(fchmodat) X(fchownat) X(utimensat)

#define XATTR_FUNCTIONS(X)                                                                                           \
  X(getxattr) X(lgetxattr) X(setxattr) X(lsetxattr) X(fsetxattr) X(listxattr) X(llistxattr) X(flistxattr)              \
  X(removexattr) X(lremovexattr)

#define DEVICE_FUNCTIONS(X) X(mount) X(umount2) X(open_tree) X(mount_setattr) X(ioctl) X(poll) X(socketpair) X(recvmsg_fd)

#define IDENTITY_FUNCTIONS(X)                                                                                        \
  X(setfsuid) X(setfsgid) X(setgroups) X(capget) X(capset) X(prctl) X(unshare) X(umask) X(clock_gettime)

#define RING_FUNCTIONS(X) X(io_uring_setup) X(io_uring_enter) X(mmap) X(sched_setaffinity)

#define DECLARE(name) napi_value sys_##name(napi_env env, napi_callback_info info);
FILE_FUNCTIONS(DECLARE)
XATTR_FUNCTIONS(DECLARE)
DEVICE_FUNCTIONS(DECLARE)
IDENTITY_FUNCTIONS(DECLARE)
RING_FUNCTIONS(DECLARE)
#undef DECLARE

#endif
