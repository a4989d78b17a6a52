/*
 * The load of the benchmark's metadata cases: clients that do one thing to many small files, as fast as they can.
 *
 * Usage: load CASE DIRECTORY CLIENTS FILES
 *
 * Each client is a process with a folder of its own, DIRECTORY/<number>, and FILES files of 4 KiB in it. The clients prepare, wait for
 * each other, and begin together. Prints the microseconds of one operation: from the first client's start to the last one's end,
 * divided by the operations of all clients.
 *
 * The cases, in the order in which each finds what it needs (create makes the folders, unlink removes them):
 *   create         open(O_CREAT|O_EXCL|O_WRONLY), write 4 KiB, close
 *   stat-cached    fstatat of each file, 100 times over; the kernel has just been told of all of them
 *   stat-uncached  fstatat of each file, once; the kernel has just dropped all that it knew of them (needs root)
 *   read           open(O_RDONLY), read 4 KiB, close
 *   overwrite      open(O_WRONLY) without O_TRUNC, pwrite 4 KiB over what is there, close
 *   rename         rename to another name in the same folder
 *   unlink         unlink
 * The kernel knows the files' names when read, overwrite, rename and unlink begin (each was just looked at): they time themselves and
 * not the lookup, which is what stat-uncached times.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTENT = 4096, PASSES = 100, MAX_CLIENTS = 64, NAME = 16 };

/* What the clients and their parent share. */
struct shared {
  pthread_barrier_t prepared;
  pthread_barrier_t start;
  struct {
    double began, ended;
  } clients[MAX_CLIENTS];
};

/* What a case works on: names of the files as they are, and as rename leaves them. Relative to the client's folder, its working directory. */
struct files {
  int count;
  char (*names)[NAME];
  char (*renamed)[NAME];
};

struct load {
  const char *name;
  /* Does the operation to all files, this many times. */
  void (*run)(const struct files *);
  int passes;
  /* The kernel is to know every file when it begins. */
  int warm;
  /* The kernel is to know none. */
  int drop;
};

static char content[CONTENT];

static void die(const char *step, const char *object) {
  fprintf(stderr, "Cannot %s \"%s\": %s\n", step, object, strerror(errno));
  exit(1);
}

/* Seconds. */
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void look(const char *name) {
  struct stat stat;
  if (fstatat(AT_FDCWD, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) die("stat", name);
}

static int open_file(const char *name, int flags) {
  int fd = open(name, flags | O_CLOEXEC, 0644);
  if (fd < 0) die("open", name);
  return fd;
}

static void close_file(int fd, const char *name) {
  if (close(fd) != 0) die("close", name);
}

static void create(const struct files *files) {
  for (int i = 0; i < files->count; i++) {
    const char *name = files->names[i];
    int fd = open_file(name, O_CREAT | O_EXCL | O_WRONLY);
    if (write(fd, content, CONTENT) != CONTENT) die("write", name);
    close_file(fd, name);
  }
}

static void stat_all(const struct files *files) {
  for (int i = 0; i < files->count; i++) look(files->names[i]);
}

static void read_all(const struct files *files) {
  char buffer[CONTENT];
  for (int i = 0; i < files->count; i++) {
    const char *name = files->names[i];
    int fd = open_file(name, O_RDONLY);
    if (read(fd, buffer, CONTENT) != CONTENT) die("read", name);
    close_file(fd, name);
  }
}

static void overwrite(const struct files *files) {
  for (int i = 0; i < files->count; i++) {
    const char *name = files->names[i];
    int fd = open_file(name, O_WRONLY);
    if (pwrite(fd, content, CONTENT, 0) != CONTENT) die("write", name);
    close_file(fd, name);
  }
}

static void rename_all(const struct files *files) {
  for (int i = 0; i < files->count; i++) {
    if (rename(files->names[i], files->renamed[i]) != 0) die("rename", files->names[i]);
  }
}

static void unlink_all(const struct files *files) {
  for (int i = 0; i < files->count; i++) {
    if (unlink(files->names[i]) != 0) die("unlink", files->names[i]);
  }
}

static const struct load loads[] = {
  {"create", create, 1, 0, 0},       {"stat-cached", stat_all, PASSES, 1, 0}, {"stat-uncached", stat_all, 1, 0, 1}, {"read", read_all, 1, 1, 0},
  {"overwrite", overwrite, 1, 1, 0}, {"rename", rename_all, 1, 1, 0},         {"unlink", unlink_all, 1, 1, 0},
};

static const struct load *find_load(const char *name) {
  for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
    if (strcmp(loads[i].name, name) == 0) return &loads[i];
  }
  fprintf(stderr, "Cannot run \"%s\": no such case\n", name);
  exit(2);
}

/* f0, f1, … until the case rename has called them r0, r1, … */
static struct files name_files(int count) {
  struct files files = {count, calloc((size_t)count, NAME), calloc((size_t)count, NAME)};
  if (files.names == NULL || files.renamed == NULL) die("allocate", "names");
  char kind = faccessat(AT_FDCWD, "r0", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? 'r' : 'f';
  for (int i = 0; i < count; i++) {
    snprintf(files.names[i], NAME, "%c%d", kind, i);
    snprintf(files.renamed[i], NAME, "%c%d", kind == 'f' ? 'r' : 'f', i);
  }
  return files;
}

static void client(const struct load *load, const char *folder, int count, struct shared *shared, int number) {
  /* Clients whose parent was killed would wait for each other for ever. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* So that no operation pays for the path to the folder. */
  if (chdir(folder) != 0) die("enter", folder);
  struct files files = name_files(count);
  if (load->warm) stat_all(&files);
  pthread_barrier_wait(&shared->prepared);
  pthread_barrier_wait(&shared->start);
  shared->clients[number].began = now();
  for (int pass = 0; pass < load->passes; pass++) load->run(&files);
  shared->clients[number].ended = now();
}

/* Dentries and inodes, of all filesystems. What the daemons are told of it (FORGET) is over before the clients begin. */
static void drop_caches(void) {
  static const char knob[] = "/proc/sys/vm/drop_caches";
  int fd = open(knob, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "2", 1) != 1 || close(fd) != 0) die("write", knob);
  struct timespec settle = {0, 300 * 1000 * 1000};
  nanosleep(&settle, NULL);
}

static struct shared *share(int clients) {
  struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) die("map", "shared memory");
  pthread_barrierattr_t between_processes;
  pthread_barrierattr_init(&between_processes);
  pthread_barrierattr_setpshared(&between_processes, PTHREAD_PROCESS_SHARED);
  /* The parent waits too. */
  pthread_barrier_init(&shared->prepared, &between_processes, (unsigned)clients + 1);
  pthread_barrier_init(&shared->start, &between_processes, (unsigned)clients + 1);
  return shared;
}

/* A client that fails would leave the others at a barrier: its end ends everything. */
static void on_client_end(int signal) {
  (void)signal;
  int status;
  while (waitpid(-1, &status, WNOHANG) > 0) {
    if (status != 0) _exit(1);
  }
}

static void watch_clients(void) {
  struct sigaction action = {.sa_handler = on_client_end, .sa_flags = SA_RESTART};
  if (sigaction(SIGCHLD, &action, NULL) != 0) die("watch", "clients");
}

/* Returns when all clients have ended, well or not. */
static void await_clients(void) {
  sigset_t only_end;
  sigemptyset(&only_end);
  sigaddset(&only_end, SIGCHLD);
  sigprocmask(SIG_BLOCK, &only_end, NULL);
  int status;
  while (wait(&status) > 0) {
    if (status != 0) exit(1);
  }
}

static double elapsed(const struct shared *shared, int clients) {
  double began = shared->clients[0].began, ended = shared->clients[0].ended;
  for (int number = 1; number < clients; number++) {
    if (shared->clients[number].began < began) began = shared->clients[number].began;
    if (shared->clients[number].ended > ended) ended = shared->clients[number].ended;
  }
  return ended - began;
}

static void run_clients(const struct load *load, char (*folders)[PATH_MAX], int clients, int count, struct shared *shared) {
  watch_clients();
  for (int number = 0; number < clients; number++) {
    pid_t pid = fork();
    if (pid < 0) die("fork", "client");
    if (pid == 0) {
      client(load, folders[number], count, shared, number);
      _exit(0);
    }
  }
  pthread_barrier_wait(&shared->prepared);
  if (load->drop) drop_caches();
  pthread_barrier_wait(&shared->start);
  await_clients();
}

int main(int argc, char **argv) {
  static char folders[MAX_CLIENTS][PATH_MAX];
  if (argc != 5) return fprintf(stderr, "Usage: load CASE DIRECTORY CLIENTS FILES\n"), 2;
  const struct load *load = find_load(argv[1]);
  int clients = atoi(argv[3]), count = atoi(argv[4]);
  if (clients < 1 || clients > MAX_CLIENTS || count < 1) return fprintf(stderr, "Cannot run %s clients with %s files\n", argv[3], argv[4]), 2;
  for (int number = 0; number < clients; number++) {
    if (snprintf(folders[number], PATH_MAX, "%s/%d", argv[2], number) >= PATH_MAX) return fprintf(stderr, "Path too long\n"), 2;
    if (load->run == create && mkdir(folders[number], 0755) != 0) die("make", folders[number]);
  }
  struct shared *shared = share(clients);
  run_clients(load, folders, clients, count, shared);
  for (int number = 0; load->run == unlink_all && number < clients; number++) {
    if (rmdir(folders[number]) != 0) die("remove", folders[number]);
  }
  printf("%.3f\n", elapsed(shared, clients) * 1e6 / clients / count / load->passes);
  return 0;
}
