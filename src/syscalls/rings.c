// io_uring(7), the memory that it is spoken through, and where threads run.

#include "functions.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// io_uring_setup(entries, params): `params` is a struct io_uring_params, 120 bytes, read and written.
napi_value sys_io_uring_setup(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  uint32_t entries = uint_arg(&call, 0);
  struct io_uring_params *params = struct_arg(&call, 1, sizeof *params);
  return call.bad ? NULL : finish(&call, syscall(SYS_io_uring_setup, entries, params));
}

// io_uring_enter(fd, toSubmit, minComplete, flags), with no signal mask.
napi_value sys_io_uring_enter(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 4);
  int fd = int_arg(&call, 0);
  uint32_t submit = uint_arg(&call, 1);
  uint32_t complete = uint_arg(&call, 2);
  uint32_t flags = uint_arg(&call, 3);
  return call.bad ? NULL : finish(&call, syscall(SYS_io_uring_enter, fd, submit, complete, flags, NULL, (size_t)0));
}

// mmap(length, protection, flags, fd, offset, out): returns the mapped memory as an ArrayBuffer and writes its address to `out` as a
// uint64; -errno when it cannot be mapped. The memory stays mapped for the life of the process: what lies in it outlives no ArrayBuffer.
napi_value sys_mmap(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 6);
  size_t length = uint_arg(&call, 0);
  int protection = int_arg(&call, 1);
  int flags = int_arg(&call, 2);
  int fd = int_arg(&call, 3);
  off_t offset = long_arg(&call, 4);
  uint64_t *out = struct_arg(&call, 5, sizeof *out);
  if (call.bad) return NULL;
  void *memory = mmap(NULL, length, protection, flags, fd, offset);
  if (memory == MAP_FAILED) return finish(&call, -1);
  uint64_t address = (uintptr_t)memory;
  memcpy(out, &address, sizeof address);
  napi_value answer = NULL;
  if (napi_create_external_arraybuffer(env, memory, length, NULL, NULL, &answer) == napi_ok) return answer;
  (void)munmap(memory, length);
  errno = ENOMEM;
  return finish(&call, -1);
}

// sched_setaffinity(mask): the processors that this thread may run on, a bit each, 8 to a byte.
napi_value sys_sched_setaffinity(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  struct bytes mask = bytes_arg(&call, 0);
  return call.bad ? NULL : finish(&call, syscall(SYS_sched_setaffinity, 0, mask.length, mask.data));
}
