// agent DIRECTORY <SCRIPT: runs a script of system calls, one a line, and prints the result of each: 0 or more, or the errno's
// name, and what was asked for. A line is words with single spaces; a byte in a word may be written as %XX.
//
//   case NUMBER          a new directory below DIRECTORY, open to all, as root with umask 0; all slots are closed
//   as UID GID GROUPS    the effective ids from now on; GROUPS with commas, or -
//
// Descriptors are kept in numbered slots. Run as "agent --wait" it only waits to be killed, as "agent --exit" it ends at once.

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int slots[SLOTS];
static int base;
static pid_t held;

static void close_all(void) {
  for (int index = 0; index < SLOTS; index++) {
    if (slots[index] >= 0) close(slots[index]);
    slots[index] = -1;
  }
  if (held > 0) {
    kill(held, SIGKILL);
    waitpid(held, NULL, 0);
  }
  held = 0;
}

static long run_as(char **words) {
  gid_t groups[8];
  size_t count = 0;
  char *list = words[3];
  for (char *group = strtok(list, ",-"); group != NULL && count < 8; group = strtok(NULL, ",-"))
    groups[count++] = (gid_t)number(group);
  if (seteuid(0) != 0 || setgroups(count, groups) != 0) return -1;
  if (setegid((gid_t)number(words[2])) != 0) return -1;
  return seteuid((uid_t)number(words[1]));
}

static long run_case(char **words) {
  close_all();
  char none[] = "-";
  if (run_as((char *[]){NULL, "0", "0", none}) != 0 || fchdir(base) != 0) return -1;
  umask(0);
  mkdir(words[1], 0777);
  return chdir(words[1]);
}

static long run_umask(char **words) { return umask((mode_t)number(words[1])), 0; }
static long run_cd(char **words) { return chdir(words[1]); }

// self PATH: a copy of this program.
static long run_self(char **words) {
  int from = open("/proc/self/exe", O_RDONLY), to = open(words[1], O_WRONLY | O_CREAT | O_TRUNC, 0777);
  static char block[1 << 16];
  ssize_t got = 0;
  while (to >= 0 && (got = read(from, block, sizeof block)) > 0)
    if (write(to, block, (size_t)got) != got) return -1;
  close(from);
  return to < 0 ? to : close(to);
}

// Starts a program; the errno of execve(2) comes back through a pipe that closes itself.
static long start(const char *path, const char *argument, pid_t *pid) {
  int ends[2], error = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  fflush(stdout);
  *pid = fork();
  if (*pid == 0) {
    execl(path, path, argument, NULL);
    error = errno;
    if (write(ends[1], &error, sizeof error) < 0) _exit(2);
    _exit(1);
  }
  close(ends[1]);
  ssize_t got = read(ends[0], &error, sizeof error);
  close(ends[0]);
  if (got <= 0) return 0;
  waitpid(*pid, NULL, 0);
  errno = error;
  return -1;
}

static long run_exec(char **words) {
  pid_t pid = 0;
  long result = start(words[1], "--exit", &pid);
  if (result == 0) waitpid(pid, NULL, 0);
  return result;
}

static long run_hold(char **words) { return start(words[1], "--wait", &held); }

static const struct entry own_commands[] = {
  {"case", 1, run_case}, {"as", 3, run_as},     {"umask", 1, run_umask}, {"cd", 1, run_cd},
  {"self", 1, run_self}, {"exec", 1, run_exec}, {"hold", 1, run_hold},   {NULL, 0, NULL},
};

// %XX is a byte.
static void unescape(char *word) {
  char *to = word;
  for (char *from = word; *from; to++) {
    unsigned byte = 0;
    bool escaped = *from == '%' && sscanf(from + 1, "%2x", &byte) == 1;
    *to = escaped ? (char)byte : *from;
    from += escaped ? 3 : 1;
  }
  *to = 0;
}

static const struct entry *find(const char *name) {
  const struct entry *tables[] = {own_commands, names_commands, attributes_commands, files_commands};
  for (size_t table = 0; table < 4; table++)
    for (const struct entry *entry = tables[table]; entry->name != NULL; entry++)
      if (strcmp(entry->name, name) == 0) return entry;
  return NULL;
}

static void run_line(char *line) {
  char *words[WORDS + 1] = {NULL};
  int count = 0;
  for (char *rest = line, *word; (word = strsep(&rest, " ")) != NULL && count < WORDS;) words[count++] = word;
  const struct entry *entry = find(words[0]);
  if (entry == NULL || count != entry->arguments + 1) {
    fprintf(stderr, "agent: cannot read \"%s\" with %d words\n", words[0], count);
    exit(2);
  }
  for (int index = 1; index < count; index++) unescape(words[index]);
  printf("%s", words[0]);
  if (entry->run == run_case) printf(" %s", words[1]);
  errno = 0;
  long result = entry->run(words);
  if (result == -1) printf(" %s\n", strerrorname_np(errno));
  else printf(" %ld\n", result);
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "--exit") == 0) return 0;
  while (count == 2 && strcmp(arguments[1], "--wait") == 0) pause();
  if (count != 2 || (base = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) return 2;
  for (int index = 0; index < SLOTS; index++) slots[index] = -1;
  char *line = NULL;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, stdin)) > 0;) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    run_line(line);
  }
  close_all();
  return fflush(stdout) == 0 ? 0 : 2;
}
