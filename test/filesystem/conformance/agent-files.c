// Commands on open files.

#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

// open SLOT PATH FLAGS MODE
static long run_open(char **words) {
  int fd = open(words[2], (int)number(words[3]) | O_CLOEXEC, (mode_t)number(words[4]));
  if (fd < 0) return -1;
  int *place = &slots[number(words[1]) % SLOTS];
  if (*place >= 0) close(*place);
  *place = fd;
  return 0;
}

static long run_close(char **words) {
  long result = close(slot(words[1]));
  slots[number(words[1]) % SLOTS] = -1;
  return result;
}

// write SLOT OFFSET TEXT; at the descriptor's own offset where OFFSET is -1
static long run_write(char **words) {
  long offset = number(words[2]);
  if (offset < 0) return write(slot(words[1]), words[3], strlen(words[3]));
  return pwrite(slot(words[1]), words[3], strlen(words[3]), offset);
}

// read SLOT OFFSET LENGTH: 64 KiB at most
static long run_read(char **words) {
  static char text[1 << 16];
  size_t length = (size_t)number(words[3]) % sizeof text;
  ssize_t got = pread(slot(words[1]), text, length, number(words[2]));
  putchar(' ');
  for (ssize_t index = 0; index < got; index++) putchar(text[index] > ' ' ? text[index] : '.');
  return got;
}

// fallocate SLOT MODE OFFSET LENGTH
static long run_fallocate(char **words) {
  return fallocate(slot(words[1]), (int)number(words[2]), number(words[3]), number(words[4]));
}

// posix SLOT OFFSET LENGTH: posix_fallocate(3)
static long run_posix(char **words) {
  errno = posix_fallocate(slot(words[1]), number(words[2]), number(words[3]));
  return errno == 0 ? 0 : -1;
}

// seek SLOT OFFSET WHENCE
static long run_seek(char **words) { return lseek(slot(words[1]), number(words[2]), (int)number(words[3])); }

// copy FROM OFFSET TO OFFSET LENGTH
static long run_copy(char **words) {
  off_t from = number(words[2]), to = number(words[4]);
  return copy_file_range(slot(words[1]), &from, slot(words[3]), &to, (size_t)number(words[5]), 0);
}

// map SLOT LENGTH BYTE: changes the file through a shared mapping
static long run_map(char **words) {
  size_t length = (size_t)number(words[2]);
  void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, slot(words[1]), 0);
  if (memory == MAP_FAILED) return -1;
  memset(memory, words[3][0], length);
  msync(memory, length, MS_SYNC);
  return munmap(memory, length);
}

static char *kept;

// keep SLOT: maps a page of the file, shared, for `poke` and `peek`
static long run_keep(char **words) {
  kept = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, slot(words[1]), 0);
  return kept == MAP_FAILED ? -1 : 0;
}

// poke OFFSET TEXT: changes the file through the mapping
static long run_poke(char **words) {
  memcpy(kept + number(words[1]) % 2048, words[2], strlen(words[2]));
  return 0;
}

static long run_peek(char **words) {
  printf(" %.20s", kept + number(words[1]) % 2048);
  return 0;
}

static long run_msync(char **words) { return msync(kept, 4096, (int)number(words[1])); }
static long run_unmap(char **words) {
  (void)words;
  return munmap(kept, 4096);
}

static long run_fsync(char **words) { return fsync(slot(words[1])); }
static long run_flock(char **words) { return flock(slot(words[1]), (int)number(words[2]) | LOCK_NB); }

// lock SLOT TYPE START LENGTH: an open file description lock, so that two slots can be at odds
static long run_lock(char **words) {
  struct flock lock = {.l_type = (short)number(words[2]), .l_start = number(words[3]), .l_len = number(words[4])};
  return fcntl(slot(words[1]), F_OFD_SETLK, &lock);
}

const struct entry files_commands[] = {
  {"open", 4, run_open}, {"close", 1, run_close}, {"write", 3, run_write}, {"read", 3, run_read},
  {"copy", 5, run_copy}, {"seek", 3, run_seek},   {"posix", 3, run_posix}, {"fallocate", 4, run_fallocate},
  {"map", 3, run_map},   {"fsync", 1, run_fsync}, {"flock", 2, run_flock}, {"lock", 4, run_lock},
  {"keep", 1, run_keep}, {"poke", 2, run_poke}, {"peek", 1, run_peek}, {"msync", 1, run_msync}, {"unmap", 0, run_unmap},
  {NULL, 0, NULL},
};
