import type { OpcodeName } from '../../src/fuse/abi/opcodes.js';
import type { Request } from '../../src/fuse/request.js';
import { hex } from './bytes.js';

/** A request's body in bytes, how it is read, and what it says. */
export interface Sample {
  readonly body: Buffer;
  readonly read: (request: Request) => unknown;
  readonly says: unknown;
  /** The body may end after so many bytes already: older kernels send less. */
  readonly least?: number;
}

const text = (bytes: Buffer) => bytes.toString('latin1');
const entry = (request: Request, at: number) => text(request.entryName(at));
const handle = { fh: '0700000000000000' };

/** struct fuse_read_in, for READ, READDIR and READDIRPLUS. */
const reading: Sample = {
  body: hex(`
    ${handle.fh}         // fh
    0000000001000000     // offset
    00000200 00000000    // size, read_flags
    0000000000000000     // lock_owner
    00800000 00000000    // flags, padding`),
  read: (request) => [request.small64(0), request.u64(8), request.u32(16)],
  says: [7, 2n ** 32n, 131072],
};

/** struct fuse_release_in, for RELEASE and RELEASEDIR. */
const releasing: Sample = {
  body: hex(`
    ${handle.fh}         // fh
    02800000 00000000    // flags, release_flags
    0000000000000000     // lock_owner`),
  read: (request) => [request.small64(0), request.u32(8)],
  says: [7, 0o100002],
};

/** struct fuse_fsync_in, for FSYNC and FSYNCDIR. */
const syncing: Sample = {
  body: hex(`
    ${handle.fh}         // fh
    01000000 00000000    // fsync_flags, padding`),
  read: (request) => [request.small64(0), request.u32(8)],
  says: [7, 1],
};

/** struct fuse_open_in, for OPEN and OPENDIR. */
const opening: Sample = {
  body: hex('02800000 01000000   // flags, open_flags'),
  read: (request) => [request.u32(0), request.u32(4)],
  says: [0o100002, 1],
};

const named: Sample = {
  body: hex('66ff6f00            // name'),
  read: (request) => entry(request, 0),
  says: 'f\xffo\0',
};

const empty: Sample = { body: hex(''), read: (request) => request.nodeid, says: 5 };

/** One for each opcode. The requests come from linux/fuse.h; what each says was read off the bytes by hand. */
export const samples: Readonly<Record<OpcodeName, Sample>> = {
  LOOKUP: named,
  FORGET: {
    body: hex('02000000 01000000   // nlookup'),
    read: (request) => [request.u32(0), request.u32(4)],
    says: [2, 1],
  },
  GETATTR: {
    body: hex(`
      01000000 00000000  // getattr_flags, dummy
      ${handle.fh}       // fh`),
    read: (request) => [request.u32(0), request.small64(8)],
    says: [1, 7],
  },
  SETATTR: {
    body: hex(`
      7f000000 00000000  // valid, padding
      ${handle.fh}       // fh
      0100000000000080   // size
      0000000000000000   // lock_owner
      ffffffffffffffff   // atime
      00f1536500000000   // mtime
      0000000000000000   // ctime
      ffc99a3b 01000000  // atimensec, mtimensec
      00000000 a4810000  // ctimensec, mode
      00000000 00286bee  // unused, uid
      64000000 00000000  // gid, unused`),
    read: (request) => [
      request.u32(0),
      request.small64(8),
      request.u64(16),
      [request.u64(32), request.u64(40), request.u32(56), request.u32(60)],
      [request.u32(68), request.u32(76), request.u32(80)],
    ],
    says: [0x7f, 7, 2n ** 63n + 1n, [2n ** 64n - 1n, 0x6553f100n, 999_999_999, 1], [0o100644, 0xee6b2800, 100]],
  },
  STATX: {
    body: hex(`
      01000000 00000000  // getattr_flags, reserved
      ${handle.fh}       // fh
      00000000 ff0f0000  // sx_flags, sx_mask`),
    read: (request) => [request.u32(0), request.small64(8), request.u32(20)],
    says: [1, 7, 0xfff],
  },
  READLINK: empty,
  SYMLINK: {
    body: hex(`
      6c696e6b00         // name
      2e2e2f7820ff00     // target`),
    read: (request) => [entry(request, 0), text(request.name(5))],
    says: ['link\0', '../x \xff\0'],
  },
  MKNOD: {
    body: hex(`
      b0610000 03010000  // mode, rdev
      12000000 00000000  // umask, padding
      6e6f646500         // name`),
    read: (request) => [request.u32(0), request.u32(4), request.u32(8), entry(request, 16)],
    says: [0o060660, 0x103, 0o22, 'node\0'],
  },
  MKDIR: {
    body: hex(`
      ed010000 12000000  // mode, umask
      64697200           // name`),
    read: (request) => [request.u32(0), request.u32(4), entry(request, 8)],
    says: [0o755, 0o22, 'dir\0'],
  },
  UNLINK: named,
  RMDIR: named,
  RENAME: {
    body: hex(`
      0900000000000000   // newdir
      6f6c6400           // old name
      6e657700           // new name`),
    read: (request) => [request.small64(0), entry(request, 8), entry(request, 12)],
    says: [9, 'old\0', 'new\0'],
  },
  LINK: {
    body: hex(`
      0900000000000000   // oldnodeid
      6e657700           // new name`),
    read: (request) => [request.small64(0), entry(request, 8)],
    says: [9, 'new\0'],
  },
  OPEN: opening,
  READ: reading,
  WRITE: {
    body: hex(`
      ${handle.fh}       // fh
      0010000000000000   // offset
      03000000 04000000  // size, write_flags
      0000000000000000   // lock_owner
      02800000 00000000  // flags, padding
      610062             // data`),
    read: (request) => [request.small64(0), request.u64(8), request.u32(20), text(request.data(40, request.u32(16)))],
    says: [7, 4096n, 4, 'a\0b'],
  },
  STATFS: empty,
  RELEASE: releasing,
  FSYNC: syncing,
  SETXATTR: {
    body: hex(`
      03000000 01000000  // size, flags
      01000000 00000000  // setxattr_flags, padding
      757365722e7800     // name
      763100             // value`),
    read: (request) => {
      const name = request.name(16);
      return [text(name), text(request.data(16 + name.length, request.u32(0))), request.u32(4), request.u32(8)];
    },
    says: ['user.x\0', 'v1\0', 1, 1],
  },
  GETXATTR: {
    body: hex(`
      00040000 00000000  // size, padding
      757365722e7800     // name`),
    read: (request) => [request.u32(0), text(request.name(8))],
    says: [1024, 'user.x\0'],
  },
  LISTXATTR: {
    body: hex('00040000 00000000   // size, padding'),
    read: (request) => request.u32(0),
    says: 1024,
  },
  REMOVEXATTR: {
    body: hex('757365722e7800      // name'),
    read: (request) => text(request.name(0)),
    says: 'user.x\0',
  },
  FLUSH: {
    body: hex(`
      ${handle.fh}       // fh
      00000000 00000000  // unused, padding
      8877665544332211   // lock_owner`),
    read: (request) => [request.small64(0), request.u64(16)],
    says: [7, 0x1122334455667788n],
  },
  INIT: {
    body: Buffer.concat([
      hex(`
      07000000 2a000000  // major, minor
      00000200 fbffff73  // max_readahead, flags
      7c000000           // flags2`),
      Buffer.alloc(44), // unused[11]
    ]),
    read: (request) => [request.u32(0), request.u32(4), request.u32(8), request.u32(12)],
    says: [7, 42, 131072, 0x73fffffb],
    least: 16,
  },
  OPENDIR: opening,
  READDIR: reading,
  RELEASEDIR: releasing,
  FSYNCDIR: syncing,
  CREATE: {
    body: hex(`
      c1800000 a4010000  // flags, mode
      12000000 01000000  // umask, open_flags
      66696c6500         // name`),
    read: (request) => [request.u32(0), request.u32(4), request.u32(8), entry(request, 16)],
    says: [0o100301, 0o644, 0o22, 'file\0'],
  },
  TMPFILE: {
    body: hex(`
      02004100 80010000  // flags, mode
      12000000 00000000  // umask, open_flags
      2f00               // name`),
    read: (request) => [request.u32(0), request.u32(4), request.u32(8), text(request.name(16))],
    says: [0o20200002, 0o600, 0o22, '/\0'],
  },
  INTERRUPT: {
    body: hex('8877665544332211    // unique'),
    read: (request) => request.u64(0),
    says: 0x1122334455667788n,
  },
  DESTROY: empty,
  IOCTL: {
    body: hex(`
      ${handle.fh}       // fh
      00000000 02660840  // flags, cmd
      00f0ffffff7f0000   // arg
      04000000 00000000  // in_size, out_size
      10000000           // data`),
    read: (request) => [request.small64(0), request.u32(12), request.u32(28), request.data(32, request.u32(24))],
    says: [7, 0x40086602, 0, hex('10000000')],
  },
  BATCH_FORGET: {
    body: hex(`
      02000000 00000000  // count, dummy
      0500000000000000   // nodeid
      0100000000000000   // nlookup
      0600000000000000   // nodeid
      0000000001000000   // nlookup`),
    read: (request) => {
      const count = request.u32(0);
      request.data(8, count * 16);
      const one = (at: number) => [request.small64(at), request.u32(at + 8), request.u32(at + 12)];
      return Array.from({ length: count }, (_, index) => one(8 + index * 16));
    },
    says: [
      [5, 1, 0],
      [6, 0, 1],
    ],
  },
  FALLOCATE: {
    body: hex(`
      ${handle.fh}       // fh
      0010000000000000   // offset
      0000000001000000   // length
      03000000 00000000  // mode, padding`),
    read: (request) => [request.small64(0), request.u64(8), request.u64(16), request.u32(24)],
    says: [7, 4096n, 2n ** 32n, 3],
  },
  READDIRPLUS: reading,
  RENAME2: {
    body: hex(`
      0900000000000000   // newdir
      02000000 00000000  // flags, padding
      6f6c6400           // old name
      6e657700           // new name`),
    read: (request) => [request.small64(0), request.u32(8), entry(request, 16), entry(request, 20)],
    says: [9, 2, 'old\0', 'new\0'],
  },
  LSEEK: {
    body: hex(`
      ${handle.fh}       // fh
      ffffffffffffffff   // offset
      04000000 00000000  // whence, padding`),
    read: (request) => [request.small64(0), request.u64(8), request.u32(16)],
    says: [7, 2n ** 64n - 1n, 4],
  },
  COPY_FILE_RANGE: {
    body: hex(`
      ${handle.fh}       // fh_in
      0010000000000000   // off_in
      0900000000000000   // nodeid_out
      0800000000000000   // fh_out
      0020000000000000   // off_out
      00f0ff7f00000000   // len
      0000000000000000   // flags`),
    read: (request) => [
      [request.small64(0), request.u64(8)],
      [request.small64(16), request.small64(24), request.u64(32)],
      request.u64(40),
    ],
    says: [[7, 4096n], [9, 8, 8192n], 0x7ffff000n],
  },
  SYNCFS: { body: hex('0000000000000000    // padding'), read: (request) => request.u64(0), says: 0n },
};
