// fsx FILE SEED OPERATIONS: changes a file at random through two handles, a shared mapping and O_DIRECT, keeps in memory what has to be in
// it, and compares. Prints the operation that went wrong; exit status 1 then.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 256 * 1024, BLOCK = 4096 };
static unsigned char model[MOST], *seen;
static long size;
static int handles[2], direct;

static void fail(int operation, const char *what) {
  fprintf(stderr, "operation %d: %s: %s\n", operation, what, strerror(errno));
  exit(1);
}

static long below(long limit) { return limit <= 0 ? 0 : random() % limit; }

static void compare(int operation, int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0 || status.st_size != size) fail(operation, "size");
  if (pread(fd, seen, MOST, 0) != size || memcmp(seen, model, (size_t)size) != 0) fail(operation, "content");
}

static void grow(long end) {
  if (end > size) size = end;
}

static void map_change(int operation, int fd, long at, long length) {
  if (at >= size) return;
  if (length > size - at) length = size - at;
  unsigned char *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) fail(operation, "mmap");
  if (memcmp(memory, model, (size_t)size) != 0) fail(operation, "content of the mapping");
  memset(memory + at, operation, (size_t)length);
  memset(model + at, operation, (size_t)length);
  munmap(memory, (size_t)size);
}

static void copy(int operation, int fd, long from, long to, long length) {
  if (from >= size || labs(from - to) < length) return;
  if (length > size - from) length = size - from;
  off_t in = from, out = to;
  if (copy_file_range(fd, &in, handles[0], &out, (size_t)length, 0) != length) fail(operation, "copy_file_range");
  memmove(model + to, model + from, (size_t)length);
  grow(to + length);
}

static void zero(int operation, int fd, int mode, long at, long length) {
  if (fallocate(fd, mode, at, length) != 0) fail(operation, "fallocate");
  if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) memset(model + at, 0, (size_t)length);
  if (!(mode & FALLOC_FL_KEEP_SIZE)) grow(at + length);
}

static void change(int operation) {
  int fd = handles[below(2)];
  long at = below(MOST / 2), length = 1 + below(MOST / 4), end = below(MOST);
  switch (below(9)) {
    case 0:
    case 1:
      memset(seen, operation, (size_t)length);
      if (pwrite(fd, seen, (size_t)length, at) != length) fail(operation, "pwrite");
      memcpy(model + at, seen, (size_t)length);
      grow(at + length);
      break;
    case 2: map_change(operation, fd, at, length); break;
    case 3:
      if (ftruncate(fd, end) != 0) fail(operation, "ftruncate");
      if (end < size) memset(model + end, 0, (size_t)(size - end));
      size = end;
      break;
    case 4: zero(operation, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, length); break;
    case 5: zero(operation, fd, FALLOC_FL_ZERO_RANGE, at, length); break;
    case 6: zero(operation, fd, 0, at, length); break;
    case 7: copy(operation, fd, at, below(MOST / 2), length); break;
    default:
      at &= ~(BLOCK - 1);
      memset(seen, operation, BLOCK);
      if (direct >= 0 && pwrite(direct, seen, BLOCK, at) != BLOCK) fail(operation, "pwrite with O_DIRECT");
      if (direct >= 0) memcpy(model + at, seen, BLOCK), grow(at + BLOCK);
  }
}

int main(int count, char **arguments) {
  if (count != 4 || posix_memalign((void **)&seen, BLOCK, MOST) != 0) return 2;
  srandom((unsigned)atoi(arguments[2]));
  for (int index = 0; index < 2; index++) handles[index] = open(arguments[1], O_RDWR | O_CREAT, 0644);
  direct = open(arguments[1], O_RDWR | O_DIRECT);
  for (int operation = 1; operation <= atoi(arguments[3]); operation++) {
    change(operation);
    compare(operation, handles[below(2)]);
  }
  return 0;
}
