// The FUSE device and mounting.

#include "functions.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

napi_value sys_mount(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 5);
  const char *source = name_arg(&call, 0);
  const char *target = name_arg(&call, 1);
  const char *type = name_arg(&call, 2);
  unsigned long flags = uint_arg(&call, 3);
  const char *data = name_arg(&call, 4);
  return call.bad ? NULL : finish(&call, mount(source, target, type, flags, data));
}

napi_value sys_umount2(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  const char *target = name_arg(&call, 0);
  int flags = int_arg(&call, 1);
  return call.bad ? NULL : finish(&call, umount2(target, flags));
}

// The headers may be older than these two; their numbers are the same on every architecture.
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define MOUNT_ATTR_SIZE 32

napi_value sys_open_tree(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  unsigned int flags = uint_arg(&call, 2);
  return call.bad ? NULL : finish(&call, syscall(SYS_open_tree, directory, name, flags));
}

// mount_setattr(directory, name, flags, attributes): struct mount_attr.
napi_value sys_mount_setattr(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 4);
  int directory = int_arg(&call, 0);
  const char *name = name_arg(&call, 1);
  unsigned int flags = uint_arg(&call, 2);
  void *attributes = struct_arg(&call, 3, MOUNT_ATTR_SIZE);
  return call.bad ? NULL
                  : finish(&call, syscall(SYS_mount_setattr, directory, name, flags, attributes, MOUNT_ATTR_SIZE));
}

// ioctl(fd, request, argument): the argument is a buffer that the request's structure fits in.
napi_value sys_ioctl(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  int fd = int_arg(&call, 0);
  unsigned long request = uint_arg(&call, 1);
  void *argument = struct_arg(&call, 2, _IOC_SIZE(request));
  return call.bad ? NULL : finish(&call, ioctl(fd, request, argument));
}

// poll(fd, events, milliseconds): one descriptor; returns its revents, 0 when the time passed.
napi_value sys_poll(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 3);
  struct pollfd descriptor = {.fd = int_arg(&call, 0), .events = (short)int_arg(&call, 1)};
  int milliseconds = int_arg(&call, 2);
  if (call.bad) return NULL;
  int ready = poll(&descriptor, 1, milliseconds);
  return finish(&call, ready > 0 ? descriptor.revents : ready);
}

// socketpair(out): two connected AF_UNIX stream sockets, close-on-exec, as two int32 in `out`.
napi_value sys_socketpair(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  int *pair = struct_arg(&call, 0, 2 * sizeof(int));
  return call.bad ? NULL : finish(&call, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
}

// recvmsg_fd(socket, out): recvmsg(2) of one byte that carries one descriptor (SCM_RIGHTS), which is written to `out` as an int32
// (-1 when the message carried none). Returns the bytes received; 0 is the end of the stream.
napi_value sys_recvmsg_fd(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  int socket = int_arg(&call, 0);
  int *out = struct_arg(&call, 1, sizeof(int));
  if (call.bad) return NULL;
  char byte = 0;
  struct iovec part = {&byte, 1};
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
  } control;
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  *out = -1;
  struct cmsghdr *header = received > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    memcpy(out, CMSG_DATA(header), sizeof(int));
  return finish(&call, received);
}
