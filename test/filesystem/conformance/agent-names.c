// Commands on names: making, linking, moving, removing, listing.

#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static long run_mkdir(char **words) { return mkdir(words[1], (mode_t)number(words[2])); }
static long run_rmdir(char **words) { return rmdir(words[1]); }
static long run_unlink(char **words) { return unlink(words[1]); }
static long run_mkfifo(char **words) { return mkfifo(words[1], (mode_t)number(words[2])); }
static long run_symlink(char **words) { return symlink(words[1], words[2]); }
static long run_link(char **words) { return link(words[1], words[2]); }

// mknod PATH MODE MAJOR MINOR
static long run_mknod(char **words) {
  return mknod(words[1], (mode_t)number(words[2]), makedev((unsigned)number(words[3]), (unsigned)number(words[4])));
}

// bind PATH: a socket
static long run_bind(char **words) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  long result = bind(server, (struct sockaddr *)&address, sizeof address);
  if (result == 0) close(server);
  return result;
}

// linkfd SLOT PATH
static long run_linkfd(char **words) {
  char from[64];
  snprintf(from, sizeof from, "/proc/self/fd/%d", slot(words[1]));
  return linkat(AT_FDCWD, from, AT_FDCWD, words[2], AT_SYMLINK_FOLLOW);
}

// rename FROM TO FLAGS
static long run_rename(char **words) {
  return renameat2(AT_FDCWD, words[1], AT_FDCWD, words[2], (unsigned)number(words[3]));
}

static long run_readlink(char **words) {
  char target[4200];
  ssize_t length = readlink(words[1], target, sizeof target);
  if (length >= 0) printf(" %.*s", (int)length, target);
  return length;
}

static int by_name(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

// ls PATH: the names, sorted
static long run_ls(char **words) {
  DIR *stream = opendir(words[1]);
  if (stream == NULL) return -1;
  static char *names[4096];
  size_t count = 0;
  for (struct dirent *entry; (entry = readdir(stream)) != NULL && count < 4096;) names[count++] = strdup(entry->d_name);
  closedir(stream);
  qsort(names, count, sizeof *names, by_name);
  for (size_t index = 0; index < count; index++) {
    printf(" %s", names[index]);
    free(names[index]);
  }
  return (long)count;
}

// access PATH MODE: by the effective ids
static long run_access(char **words) { return faccessat(AT_FDCWD, words[1], (int)number(words[2]), AT_EACCESS); }

const struct entry names_commands[] = {
  {"mkdir", 2, run_mkdir},   {"rmdir", 1, run_rmdir},   {"unlink", 1, run_unlink}, {"mkfifo", 2, run_mkfifo},
  {"mknod", 4, run_mknod},   {"bind", 1, run_bind},     {"link", 2, run_link},     {"symlink", 2, run_symlink},
  {"linkfd", 2, run_linkfd}, {"rename", 3, run_rename}, {"ls", 1, run_ls},         {"readlink", 1, run_readlink},
  {"access", 2, run_access}, {NULL, 0, NULL},
};
