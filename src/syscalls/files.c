// Files, directories and names. Each function is the system call of its name; see its man page, section 2.

#include "functions.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

napi_value sys_openat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 4);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  int flags = int_arg(&call, 2);
  mode_t mode = uint_arg(&call, 3);
  return call.bad ? NULL : finish(&call, openat(directory, name, flags, mode));
}

napi_value sys_close(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  int fd = int_arg(&call, 0);
  return call.bad ? NULL : finish(&call, close(fd));
}

napi_value sys_read(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  struct bytes buffer = bytes_arg(&call, 1);
  return call.bad ? NULL : finish(&call, read(fd, buffer.data, buffer.length));
}

// write(fd, buffer, length): the buffer's first `length` bytes.
napi_value sys_write(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int fd = int_arg(&call, 0);
  size_t length = uint_arg(&call, 2);
  void *data = struct_arg(&call, 1, length);
  return call.bad ? NULL : finish(&call, write(fd, data, length));
}

napi_value sys_pread(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int fd = int_arg(&call, 0);
  struct bytes buffer = bytes_arg(&call, 1);
  off_t offset = long_arg(&call, 2);
  return call.bad ? NULL : finish(&call, pread(fd, buffer.data, buffer.length, offset));
}

napi_value sys_pwrite(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int fd = int_arg(&call, 0);
  struct bytes buffer = bytes_arg(&call, 1);
  off_t offset = long_arg(&call, 2);
  return call.bad ? NULL : finish(&call, pwrite(fd, buffer.data, buffer.length, offset));
}

napi_value sys_lseek(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int fd = int_arg(&call, 0);
  off_t offset = long_arg(&call, 1);
  int whence = int_arg(&call, 2);
  return call.bad ? NULL : finish(&call, lseek(fd, offset, whence));
}

napi_value sys_fsync(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  int fd = int_arg(&call, 0);
  return call.bad ? NULL : finish(&call, fsync(fd));
}

napi_value sys_fdatasync(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  int fd = int_arg(&call, 0);
  return call.bad ? NULL : finish(&call, fdatasync(fd));
}

napi_value sys_syncfs(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  int fd = int_arg(&call, 0);
  return call.bad ? NULL : finish(&call, syncfs(fd));
}

napi_value sys_ftruncate(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  off_t length = long_arg(&call, 1);
  return call.bad ? NULL : finish(&call, ftruncate(fd, length));
}

napi_value sys_fallocate(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 4);
  int fd = int_arg(&call, 0);
  int mode = int_arg(&call, 1);
  off_t offset = long_arg(&call, 2);
  off_t length = long_arg(&call, 3);
  return call.bad ? NULL : finish(&call, fallocate(fd, mode, offset, length));
}

// copy_file_range(in, inOffset, out, outOffset, length), with flags 0 as the only ones there are.
napi_value sys_copy_file_range(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  int in = int_arg(&call, 0);
  off64_t in_offset = long_arg(&call, 1);
  int out = int_arg(&call, 2);
  off64_t out_offset = long_arg(&call, 3);
  size_t length = (size_t)long_arg(&call, 4);
  return call.bad ? NULL : finish(&call, copy_file_range(in, &in_offset, out, &out_offset, length, 0));
}

napi_value sys_flock(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  int operation = int_arg(&call, 1);
  return call.bad ? NULL : finish(&call, flock(fd, operation));
}

// Fills the buffer with struct linux_dirent64 records and returns their length in bytes.
napi_value sys_getdents64(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  struct bytes buffer = bytes_arg(&call, 1);
  return call.bad ? NULL : finish(&call, syscall(SYS_getdents64, fd, buffer.data, buffer.length));
}

// statx(dirfd, name, flags, mask, out): `out` holds a struct statx, 256 bytes.
napi_value sys_statx(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  int flags = int_arg(&call, 2);
  unsigned int mask = uint_arg(&call, 3);
  struct statx *out = struct_arg(&call, 4, sizeof *out);
  return call.bad ? NULL : finish(&call, statx(directory, name, flags, mask, out));
}

// fstatfs(fd, out): `out` holds a struct statfs, 120 bytes.
napi_value sys_fstatfs(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  struct statfs *out = struct_arg(&call, 1, sizeof *out);
  return call.bad ? NULL : finish(&call, fstatfs(fd, out));
}

napi_value sys_mkdirat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  mode_t mode = uint_arg(&call, 2);
  return call.bad ? NULL : finish(&call, mkdirat(directory, name, mode));
}

// mknodat(dirfd, name, mode, major, minor): the device number in two parts, so that no encoding of it is assumed.
napi_value sys_mknodat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  mode_t mode = uint_arg(&call, 2);
  unsigned int device_major = uint_arg(&call, 3);
  unsigned int device_minor = uint_arg(&call, 4);
  return call.bad ? NULL : finish(&call, mknodat(directory, name, mode, makedev(device_major, device_minor)));
}

napi_value sys_symlinkat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  const char *target = name_arg(&call, 0);
  int directory = int_arg(&call, 1);
  const char *name = name_arg(&call, 2);
  return call.bad ? NULL : finish(&call, symlinkat(target, directory, name));
}

napi_value sys_readlinkat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  struct bytes buffer = bytes_arg(&call, 2);
  return call.bad ? NULL : finish(&call, readlinkat(directory, name, (char *)buffer.data, buffer.length));
}

napi_value sys_linkat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  int old_directory = int_arg(&call, 0);
  const char *old_name = name_arg(&call, 1);
  int new_directory = int_arg(&call, 2);
  const char *new_name = name_arg(&call, 3);
  int flags = int_arg(&call, 4);
  return call.bad ? NULL : finish(&call, linkat(old_directory, old_name, new_directory, new_name, flags));
}

napi_value sys_unlinkat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  int flags = int_arg(&call, 2);
  return call.bad ? NULL : finish(&call, unlinkat(directory, name, flags));
}

napi_value sys_renameat2(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  int old_directory = int_arg(&call, 0);
  const char *old_name = name_arg(&call, 1);
  int new_directory = int_arg(&call, 2);
  const char *new_name = name_arg(&call, 3);
  unsigned int flags = uint_arg(&call, 4);
  return call.bad ? NULL : finish(&call, renameat2(old_directory, old_name, new_directory, new_name, flags));
}

// The system call itself, without glibc's emulation of flags: it follows symlinks; give it /proc/self/fd/N.
napi_value sys_fchmod(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  mode_t mode = uint_arg(&call, 1);
  return call.bad ? NULL : finish(&call, fchmod(fd, mode));
}

napi_value sys_fchmodat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  mode_t mode = uint_arg(&call, 2);
  return call.bad ? NULL : finish(&call, syscall(SYS_fchmodat, directory, name, mode));
}

napi_value sys_fchownat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  uid_t uid = uint_arg(&call, 2);
  gid_t gid = uint_arg(&call, 3);
  int flags = int_arg(&call, 4);
  return call.bad ? NULL : finish(&call, fchownat(directory, name, uid, gid, flags));
}

// utimensat(dirfd, name, times, flags): `times` holds two struct timespec, 32 bytes, or is null for now. The system call itself: glibc
// refuses an empty name with AT_EMPTY_PATH.
napi_value sys_utimensat(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 4);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  void *times = struct_or_null_arg(&call, 2, 2 * sizeof(struct timespec));
  int flags = int_arg(&call, 3);
  return call.bad ? NULL : finish(&call, syscall(SYS_utimensat, directory, name, times, flags));
}
