import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as flags from '../../src/fuse/abi/flags.js';
import * as initFlags from '../../src/fuse/abi/init-flags.js';
import * as ring from '../../src/fuse/abi/io-uring.js';
import * as layouts from '../../src/fuse/abi/layouts.js';
import { type OpcodeName, opcodes } from '../../src/fuse/abi/opcodes.js';
import { must } from '../support/run.js';
import { makeWork } from '../support/work.js';

/** The structure of linux/fuse.h that each layout describes. */
const STRUCTURES: Record<keyof typeof layouts, string> = {
  inHeader: 'fuse_in_header',
  outHeader: 'fuse_out_header',
  attr: 'fuse_attr',
  entryOut: 'fuse_entry_out',
  attrOut: 'fuse_attr_out',
  statxOut: 'fuse_statx_out',
  ioctlIn: 'fuse_ioctl_in',
  ioctlOut: 'fuse_ioctl_out',
  openOut: 'fuse_open_out',
  dirent: 'fuse_dirent',
  direntplus: 'fuse_direntplus',
  initIn: 'fuse_init_in',
  initOut: 'fuse_init_out',
  setattrIn: 'fuse_setattr_in',
  kstatfs: 'fuse_kstatfs',
  ioIn: 'fuse_write_in',
  invalInodeOut: 'fuse_notify_inval_inode_out',
  backingMap: 'fuse_backing_map',
};

/** The same for io_uring; of those that lie in another, the field in that. */
const RING_STRUCTURES = {
  ringParams: 'io_uring_params',
  sqOffsets: 'io_sqring_offsets',
  cqOffsets: 'io_cqring_offsets',
  sqe: 'io_uring_sqe',
  cqe: 'io_uring_cqe',
  uringCmdReq: 'fuse_uring_cmd_req',
  uringReqHeader: 'fuse_uring_req_header',
  uringEntInOut: 'fuse_uring_ent_in_out',
} as const;

/** What follows the header of each request at least: its structure, and one byte for each name, its NUL. */
const BODIES: Record<OpcodeName, string> = {
  LOOKUP: '1',
  FORGET: 'sizeof(struct fuse_forget_in)',
  GETATTR: 'sizeof(struct fuse_getattr_in)',
  SETATTR: 'sizeof(struct fuse_setattr_in)',
  READLINK: '0',
  SYMLINK: '1 + 1',
  MKNOD: 'sizeof(struct fuse_mknod_in) + 1',
  MKDIR: 'sizeof(struct fuse_mkdir_in) + 1',
  UNLINK: '1',
  RMDIR: '1',
  RENAME: 'sizeof(struct fuse_rename_in) + 1 + 1',
  LINK: 'sizeof(struct fuse_link_in) + 1',
  OPEN: 'sizeof(struct fuse_open_in)',
  READ: 'sizeof(struct fuse_read_in)',
  WRITE: 'sizeof(struct fuse_write_in)',
  STATFS: '0',
  RELEASE: 'sizeof(struct fuse_release_in)',
  FSYNC: 'sizeof(struct fuse_fsync_in)',
  // The shorter of its two forms: without FUSE_SETXATTR_EXT.
  SETXATTR: 'FUSE_COMPAT_SETXATTR_IN_SIZE + 1',
  GETXATTR: 'sizeof(struct fuse_getxattr_in) + 1',
  LISTXATTR: 'sizeof(struct fuse_getxattr_in)',
  REMOVEXATTR: '1',
  FLUSH: 'sizeof(struct fuse_flush_in)',
  // As short as it was before flags2.
  INIT: 'offsetof(struct fuse_init_in, flags2)',
  OPENDIR: 'sizeof(struct fuse_open_in)',
  READDIR: 'sizeof(struct fuse_read_in)',
  RELEASEDIR: 'sizeof(struct fuse_release_in)',
  FSYNCDIR: 'sizeof(struct fuse_fsync_in)',
  CREATE: 'sizeof(struct fuse_create_in) + 1',
  INTERRUPT: 'sizeof(struct fuse_interrupt_in)',
  DESTROY: '0',
  BATCH_FORGET: 'sizeof(struct fuse_batch_forget_in)',
  FALLOCATE: 'sizeof(struct fuse_fallocate_in)',
  READDIRPLUS: 'sizeof(struct fuse_read_in)',
  RENAME2: 'sizeof(struct fuse_rename2_in) + 1 + 1',
  LSEEK: 'sizeof(struct fuse_lseek_in)',
  COPY_FILE_RANGE: 'sizeof(struct fuse_copy_file_range_in)',
  SYNCFS: 'sizeof(struct fuse_syncfs_in)',
  IOCTL: 'sizeof(struct fuse_ioctl_in)',
  TMPFILE: 'sizeof(struct fuse_create_in) + 1',
  STATX: 'sizeof(struct fuse_statx_in)',
};

/** What headers of older kernels lack, as those of Linux 6.3, 6.6 and 6.9 have it. */
const NEWER = `
#ifndef FUSE_CREATE_SUPP_GROUP
#define FUSE_CREATE_SUPP_GROUP (1ULL << 34)
#define FUSE_EXT_GROUPS 32
#endif
#if FUSE_KERNEL_MINOR_VERSION < 39
#define FUSE_DIRECT_IO_ALLOW_MMAP (1ULL << 36)
#define FUSE_STATX 52
struct fuse_statx_in { uint32_t getattr_flags, reserved; uint64_t fh; uint32_t sx_flags, sx_mask; };
struct fuse_statx_out { uint64_t attr_valid; uint32_t attr_valid_nsec, flags; uint64_t spare[2]; uint64_t stat[32]; };
#endif
#if FUSE_KERNEL_MINOR_VERSION < 40
#define FUSE_PASSTHROUGH (1ULL << 37)
#define FOPEN_PASSTHROUGH (1 << 7)
#define backing_id padding
#define max_stack_depth unused[0]
struct fuse_backing_map { int32_t fd; uint32_t flags; uint64_t padding; };
#define FUSE_DEV_IOC_BACKING_OPEN _IOW(FUSE_DEV_IOC_MAGIC, 1, struct fuse_backing_map)
#define FUSE_DEV_IOC_BACKING_CLOSE _IOW(FUSE_DEV_IOC_MAGIC, 2, uint32_t)
#endif
#if FUSE_KERNEL_MINOR_VERSION < 42
#define FUSE_OVER_IO_URING (1ULL << 41)
enum fuse_uring_cmd { FUSE_IO_URING_CMD_REGISTER = 1, FUSE_IO_URING_CMD_COMMIT_AND_FETCH = 2 };
struct fuse_uring_ent_in_out { uint64_t flags, commit_id; uint32_t payload_sz, padding; uint64_t reserved; };
struct fuse_uring_req_header { char in_out[128]; char op_in[128]; struct fuse_uring_ent_in_out ring_ent_in_out; };
struct fuse_uring_cmd_req { uint64_t flags, commit_id; uint16_t qid; uint8_t padding[6]; };
#endif`;

/** A name in the style of the tables in that of the header: `maxReadahead` is `max_readahead`. */
const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function* ringNumbers(): Generator<[expression: string, value: bigint]> {
  for (const [name, structure] of Object.entries(RING_STRUCTURES) as [keyof typeof RING_STRUCTURES, string][]) {
    for (const [field, value] of Object.entries(ring[name])) {
      const expression =
        field === 'bytes' ? `sizeof(struct ${structure})` : `offsetof(struct ${structure}, ${snake(field)})`;
      // The second half of an entry of 128 bytes is not in the structure.
      if (expression !== 'sizeof(struct io_uring_sqe)') yield [expression, BigInt(value)];
    }
  }
  for (const [name, value] of Object.entries(ring)) if (typeof value === 'number') yield [name, BigInt(value)];
}

/** Every number of the tables: what it is in C, and its value here. */
function* numbers(): Generator<[expression: string, value: bigint]> {
  for (const [name, structure] of Object.entries(STRUCTURES) as [keyof typeof layouts, string][]) {
    for (const [field, value] of Object.entries(layouts[name])) {
      const size = name === 'dirent' ? 'FUSE_NAME_OFFSET' : `sizeof(struct ${structure})`;
      yield [field === 'bytes' ? size : `offsetof(struct ${structure}, ${snake(field)})`, BigInt(value)];
    }
  }
  for (const [name, { opcode, body }] of Object.entries(opcodes)) {
    yield [`FUSE_${name}`, BigInt(opcode)];
    yield [BODIES[name as OpcodeName], BigInt(body)];
  }
  yield* ringNumbers();
  for (const [name, value] of Object.entries(flags)) yield [name, BigInt(value)];
  for (const [name, value] of Object.entries(initFlags)) if (name.startsWith('FUSE_')) yield [name, value];
}

function program(expressions: readonly string[]): string {
  const lines = expressions.map((expression) => `  printf("%llu\\n", (unsigned long long)(${expression}));`);
  const includes = ['stdio.h', 'stddef.h', 'stdint.h', 'sys/ioctl.h', 'linux/io_uring.h', 'linux/fuse.h'].map(
    (name) => `#include <${name}>`,
  );
  return [...includes, NEWER, 'int main(void) {', ...lines, '  return 0;', '}', ''].join('\n');
}

test('sizes, offsets, opcodes and flags are those of linux/fuse.h', async (t) => {
  const work = makeWork(t);
  const [source, binary] = [join(work, 'abi.c'), join(work, 'abi')];
  const rows = [...numbers()];
  writeFileSync(source, program(rows.map(([expression]) => expression)));
  await must(['gcc', '-Wall', '-Werror', source, '-o', binary]);
  const printed = (await must([binary])).split('\n');
  t.deepEqual(
    rows.map(([expression, value]) => `${expression} = ${value}`),
    rows.map(([expression], index) => `${expression} = ${printed[index]}`),
  );
});

test('every number of the tables is compared', (t) => {
  const expressions = [...numbers()].map(([expression]) => expression);
  t.true(expressions.includes('offsetof(struct fuse_init_out, max_stack_depth)'));
  t.true(expressions.includes('FUSE_DEV_IOC_BACKING_OPEN'));
  const rows = Object.values(layouts).reduce((sum, layout) => sum + Object.keys(layout).length, 0);
  t.true(expressions.length > rows + 2 * Object.keys(opcodes).length);
});

test('what is honoured is what is described, and nothing of it is refused below', (t) => {
  const described = Object.entries(initFlags).filter(([name]) => name.startsWith('FUSE_'));
  const all = described.reduce((word, [, bit]) => word | bit, 0n);
  t.is(initFlags.honoured, all);
  const refused = [1, 4, 10, 16, 17, 19, 24].map((bit) => 1n << BigInt(bit));
  for (const bit of refused) t.is(initFlags.honoured & bit, 0n, String(bit));
});
