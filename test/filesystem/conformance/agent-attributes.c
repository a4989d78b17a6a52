// Commands on attributes: modes, owners, sizes, times, xattrs, file flags.

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static long run_chmod(char **words) { return chmod(words[1], (mode_t)number(words[2])); }
static long run_fchmod(char **words) { return fchmod(slot(words[1]), (mode_t)number(words[2])); }
static long run_truncate(char **words) { return truncate(words[1], number(words[2])); }
static long run_ftruncate(char **words) { return ftruncate(slot(words[1]), number(words[2])); }

// chown PATH UID GID; -1 leaves one
static long run_chown(char **words) { return chown(words[1], (uid_t)number(words[2]), (gid_t)number(words[3])); }
static long run_lchown(char **words) { return lchown(words[1], (uid_t)number(words[2]), (gid_t)number(words[3])); }
static long run_fchown(char **words) { return fchown(slot(words[1]), (uid_t)number(words[2]), (gid_t)number(words[3])); }

static struct timespec time_of(const char *seconds, const char *nanoseconds) {
  bool now = strcmp(nanoseconds, "now") == 0, omit = strcmp(nanoseconds, "omit") == 0;
  return (struct timespec){number(seconds), now ? UTIME_NOW : omit ? UTIME_OMIT : number(nanoseconds)};
}

// utimens PATH ATIME NS MTIME NS FLAGS; NS may be now or omit
static long run_utimens(char **words) {
  struct timespec times[] = {time_of(words[2], words[3]), time_of(words[4], words[5])};
  return utimensat(AT_FDCWD, words[1], times, (int)number(words[6]));
}

static long run_futimens(char **words) {
  struct timespec times[] = {time_of(words[2], words[3]), time_of(words[4], words[5])};
  return futimens(slot(words[1]), times);
}

static long run_touch(char **words) { return utimensat(AT_FDCWD, words[1], NULL, 0); }

static long show(long result, const struct stat *status) {
  if (result != 0) return result;
  printf(" %o %u:%u links %lu", status->st_mode, status->st_uid, status->st_gid, (unsigned long)status->st_nlink);
  if (!S_ISDIR(status->st_mode)) printf(" size %lld", (long long)status->st_size);
  if (status->st_rdev != 0) printf(" device %u:%u", major(status->st_rdev), minor(status->st_rdev));
  return 0;
}

static long run_stat(char **words) {
  struct stat status;
  return show(stat(words[1], &status), &status);
}

static long run_lstat(char **words) {
  struct stat status;
  return show(lstat(words[1], &status), &status);
}

static long run_fstat(char **words) {
  struct stat status;
  return show(fstat(slot(words[1]), &status), &status);
}

// The times that somebody set as numbers, those of this moment as "now".
static void show_time(const char *name, struct timespec time) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  bool recent = time.tv_sec > now.tv_sec - 600 && time.tv_sec <= now.tv_sec + 1;
  if (recent) printf(" %s now", name);
  else printf(" %s %lld.%09ld", name, (long long)time.tv_sec, time.tv_nsec);
}

static long run_times(char **words) {
  struct stat status;
  if (lstat(words[1], &status) != 0) return -1;
  show_time("a", status.st_atim);
  show_time("m", status.st_mtim);
  return 0;
}

static struct stat snapshot;

static bool differ(struct timespec one, struct timespec other) {
  return one.tv_sec != other.tv_sec || one.tv_nsec != other.tv_nsec;
}

// Linux before 6.13 takes the time from a coarse clock; since then whatever was looked at gets a new time at its next change.
static bool is_coarse(void) {
  static int known = -1;
  char path[] = "/var/tmp/agent-XXXXXX";
  if (known >= 0) return known;
  struct stat before, after;
  int fd = mkstemp(path);
  unlink(path);
  bool same = fd >= 0 && fstat(fd, &before) == 0 && fchmod(fd, 0600) == 0 && fstat(fd, &after) == 0;
  known = same && !differ(before.st_ctim, after.st_ctim);
  close(fd);
  return known;
}

// snap PATH: what `changed` compares with. Waits until the kernel's clock has gone on, where it is coarse: then the next change shows.
static long run_snap(char **words) {
  struct timespec now, before;
  if (is_coarse()) {
    clock_gettime(CLOCK_REALTIME_COARSE, &before);
    do clock_gettime(CLOCK_REALTIME_COARSE, &now);
    while (!differ(now, before));
  }
  return lstat(words[1], &snapshot);
}

// changed PATH: which of atime, mtime and ctime did since
static long run_changed(char **words) {
  struct stat status;
  if (lstat(words[1], &status) != 0) return -1;
  printf(" %s%s%s", differ(status.st_atim, snapshot.st_atim) ? "a" : "", differ(status.st_mtim, snapshot.st_mtim) ? "m" : "",
         differ(status.st_ctim, snapshot.st_ctim) ? "c" : "");
  return 0;
}

static size_t bytes_of(const char *hex, unsigned char *out) {
  size_t length = strlen(hex) / 2;
  unsigned byte = 0;
  for (size_t index = 0; index < length; index++) {
    if (sscanf(hex + 2 * index, "%2x", &byte) == 1) out[index] = (unsigned char)byte;
  }
  return length;
}

static unsigned char value[1 << 17];

// setx PATH NAME HEX FLAGS
static long run_setx(char **words) {
  return lsetxattr(words[1], words[2], value, bytes_of(words[3], value), (int)number(words[4]));
}

// fillx PATH NAME LENGTH: a value of so many bytes
static long run_fillx(char **words) {
  memset(value, 'v', sizeof value);
  return lsetxattr(words[1], words[2], value, (size_t)number(words[3]), 0);
}

// getx PATH NAME ROOM
static long run_getx(char **words) {
  long length = lgetxattr(words[1], words[2], value, (size_t)number(words[3]));
  for (long index = 0; number(words[3]) > 0 && index < length && index < 64; index++) printf(" %02x", value[index]);
  return length;
}

static long run_rmx(char **words) { return lremovexattr(words[1], words[2]); }

// listx PATH ROOM: without marks, which only the source shows
static long run_listx(char **words) {
  long length = llistxattr(words[1], (char *)value, (size_t)number(words[2]));
  for (long at = 0; number(words[2]) > 0 && at < length; at += (long)strlen((char *)value + at) + 1)
    printf(" %s", (char *)value + at);
  return length;
}

static long file_flags(const char *path, unsigned long request, int *flags) {
  int fd = open(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return -1;
  long result = ioctl(fd, request, flags);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

static long run_flags(char **words) {
  int flags = 0;
  long result = file_flags(words[1], FS_IOC_GETFLAGS, &flags);
  if (result == 0) printf(" %x", flags & (FS_FL_USER_VISIBLE & ~FS_EXTENT_FL & ~FS_INDEX_FL));
  return result;
}

// setflags PATH SET: these and no others but what the source gives all files
static long run_setflags(char **words) {
  int flags = 0;
  if (file_flags(words[1], FS_IOC_GETFLAGS, &flags) != 0) return -1;
  flags = (flags & FS_EXTENT_FL) | (int)number(words[2]);
  return file_flags(words[1], FS_IOC_SETFLAGS, &flags);
}

const struct entry attributes_commands[] = {
  {"chmod", 2, run_chmod},     {"fchmod", 2, run_fchmod},       {"truncate", 2, run_truncate}, {"chown", 3, run_chown},
  {"lchown", 3, run_lchown},   {"fchown", 3, run_fchown},       {"ftruncate", 2, run_ftruncate}, {"touch", 1, run_touch},
  {"utimens", 6, run_utimens}, {"futimens", 5, run_futimens},   {"stat", 1, run_stat},         {"lstat", 1, run_lstat},
  {"fstat", 1, run_fstat},     {"times", 1, run_times},         {"snap", 1, run_snap},         {"changed", 1, run_changed},
  {"setx", 4, run_setx},       {"fillx", 3, run_fillx},         {"getx", 3, run_getx},         {"rmx", 2, run_rmx},
  {"listx", 2, run_listx},     {"flags", 1, run_flags},         {"setflags", 2, run_setflags}, {NULL, 0, NULL},
};
