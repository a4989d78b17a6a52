// Who a thread acts as, and what time it is. All of these but clock_gettime concern the calling thread alone: the raw system calls are used
// where glibc would change every thread of the process (setgroups, capset).

#include "functions.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// setfsuid and setfsgid return the previous id whether they succeed or not.
napi_value sys_setfsuid(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  uid_t uid = uint_arg(&call, 0);
  return call.bad ? NULL : finish(&call, (uint32_t)setfsuid(uid));
}

napi_value sys_setfsgid(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  gid_t gid = uint_arg(&call, 0);
  return call.bad ? NULL : finish(&call, (uint32_t)setfsgid(gid));
}

// setgroups(groups): `groups` holds gids, 4 bytes each.
napi_value sys_setgroups(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  struct bytes groups = bytes_arg(&call, 0);
  return call.bad ? NULL : finish(&call, syscall(SYS_setgroups, groups.length / sizeof(gid_t), groups.data));
}

#define CAPABILITY_BYTES (_LINUX_CAPABILITY_U32S_3 * sizeof(struct __user_cap_data_struct))

// capget(out) and capset(data): two struct __user_cap_data_struct, 24 bytes: effective, permitted, inheritable for capabilities 0 to 31,
// then for 32 to 63.
napi_value sys_capget(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  void *out = struct_arg(&call, 0, CAPABILITY_BYTES);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return call.bad ? NULL : finish(&call, syscall(SYS_capget, &header, out));
}

napi_value sys_capset(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  void *data = struct_arg(&call, 0, CAPABILITY_BYTES);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return call.bad ? NULL : finish(&call, syscall(SYS_capset, &header, data));
}

// prctl(option, argument) for the options that take one number.
napi_value sys_prctl(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int option = int_arg(&call, 0);
  unsigned long argument = uint_arg(&call, 1);
  return call.bad ? NULL : finish(&call, prctl(option, argument, 0UL, 0UL, 0UL));
}

napi_value sys_unshare(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  int flags = int_arg(&call, 0);
  return call.bad ? NULL : finish(&call, unshare(flags));
}

napi_value sys_umask(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  mode_t mask = uint_arg(&call, 0);
  return call.bad ? NULL : finish(&call, umask(mask));
}

// clock_gettime(clock, out): a struct timespec, 16 bytes.
napi_value sys_clock_gettime(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  clockid_t clock = int_arg(&call, 0);
  struct timespec *out = struct_arg(&call, 1, sizeof *out);
  return call.bad ? NULL : finish(&call, clock_gettime(clock, out));
}
