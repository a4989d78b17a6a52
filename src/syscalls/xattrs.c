// Extended attributes, xattr(7). Sizes: an empty buffer asks for the length that is needed.

#include "functions.h"

#include <sys/xattr.h>

#define GET(function)                                                                                                \
  napi_value sys_##function(napi_env env, napi_callback_info info) {                                                 \
    struct call call = begin(env, info, 3);                                                                          \
    const char *path = name_arg(&call, 0);                                                                           \
    const char *name = name_arg(&call, 1);                                                                           \
    struct bytes value = bytes_arg(&call, 2);                                                                        \
    return call.bad ? NULL : finish(&call, function(path, name, value.data, value.length));                          \
  }

#define SET(function)                                                                                                \
  napi_value sys_##function(napi_env env, napi_callback_info info) {                                                 \
    struct call call = begin(env, info, 4);                                                                          \
    const char *path = name_arg(&call, 0);                                                                           \
    const char *name = name_arg(&call, 1);                                                                           \
    struct bytes value = bytes_arg(&call, 2);                                                                        \
    int flags = int_arg(&call, 3);                                                                                   \
    return call.bad ? NULL : finish(&call, function(path, name, value.data, value.length, flags));                   \
  }

#define LIST(function)                                                                                               \
  napi_value sys_##function(napi_env env, napi_callback_info info) {                                                 \
    struct call call = begin(env, info, 2);                                                                          \
    const char *path = name_arg(&call, 0);                                                                           \
    struct bytes names = bytes_arg(&call, 1);                                                                        \
    return call.bad ? NULL : finish(&call, function(path, (char *)names.data, names.length));                        \
  }

#define REMOVE(function)                                                                                             \
  napi_value sys_##function(napi_env env, napi_callback_info info) {                                                 \
    struct call call = begin(env, info, 2);                                                                          \
    const char *path = name_arg(&call, 0);                                                                           \
    const char *name = name_arg(&call, 1);                                                                           \
    return call.bad ? NULL : finish(&call, function(path, name));                                                    \
  }

GET(getxattr)
GET(lgetxattr)
SET(setxattr)
SET(lsetxattr)
napi_value sys_fsetxattr(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 4);
  int fd = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  struct bytes value = bytes_arg(&call, 2);
  int flags = int_arg(&call, 3);
  return call.bad ? NULL : finish(&call, fsetxattr(fd, name, value.data, value.length, flags));
}

LIST(listxattr)
LIST(llistxattr)
napi_value sys_flistxattr(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int fd = int_arg(&call, 0);
  struct bytes names = bytes_arg(&call, 1);
  return call.bad ? NULL : finish(&call, flistxattr(fd, (char *)names.data, names.length));
}

REMOVE(removexattr)
REMOVE(lremovexattr)
