import {
  direntLength,
  direntplusLength,
  FUSE_FSYNC_FDATASYNC,
  FUSE_OPEN_KILL_SUIDGID,
  FUSE_WRITE_KILL_SUIDGID,
  type Handlers,
  ioIn,
  type Reply,
  type Request,
} from '../../fuse/index.js';
import { native } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { node } from '../nodes/memory.js';
import * as data from '../operations/data.js';
import { type Listed, list } from '../operations/listing.js';
import { lookupAt } from '../operations/lookup.js';
import { type Opened, open, release } from '../operations/open.js';
import { entryReply, openReply } from './entries.js';
import { dropperIf, dropperOf, handleAt, nodeAt, nodeOf } from './named.js';

/**
 * The requests about open files and directories. A handle is the daemon's descriptor. FLUSH is not served: it comes at
 * every close(2), and local filesystems have nothing to do then; after one ENOSYS the kernel does not ask again. Nor is
 * OPENDIR: directories are then listed without handles, and the kernel keeps what it was told until they change.
 */
export function handleHandlers(fs: Filesystem): Handlers {
  const opened: Opened = { fd: -1, backingId: 0 };
  return {
    OPEN: (request, reply) => {
      const dropper = dropperIf(request, request.u32(4) & FUSE_OPEN_KILL_SUIDGID);
      return open(fs, nodeOf(fs, request), request.u32(0), dropper, request.uid, opened) || openReply(reply, opened);
    },
    RELEASE: (request) => release(fs, nodeOf(fs, request), handleAt(fs, request, 0)),
    READ: (request, reply) => {
      const buffer = reply.payload.subarray(0, Math.min(request.u32(ioIn.size), reply.payload.length));
      return data.read(handleAt(fs, request, ioIn.fh), buffer, request.u64(ioIn.offset));
    },
    WRITE: (request, reply) => {
      const bytes = request.data(ioIn.bytes, request.u32(ioIn.size));
      const dropper = dropperIf(request, request.u32(20) & FUSE_WRITE_KILL_SUIDGID);
      const written = data.write(
        fs,
        nodeOf(fs, request),
        handleAt(fs, request, ioIn.fh),
        bytes,
        request.u64(ioIn.offset),
        dropper,
      );
      return count(written, reply);
    },
    FSYNC: (request) => fs.observer.sync(nodeOf(fs, request), handleAt(fs, request, 0), isDataOnly(request)),
    FALLOCATE: (request) =>
      data.fallocate(
        fs,
        nodeOf(fs, request),
        handleAt(fs, request, 0),
        request.i32(24),
        request.u64(8),
        request.u64(16),
        dropperOf(request),
      ),
    LSEEK: (request, reply) => {
      const offset = native.lseek(handleAt(fs, request, 0), request.u64(8), request.i32(16));
      if (offset < 0) return Number(offset);
      reply.payload.writeBigUInt64LE(BigInt(offset), 0);
      return 8;
    },
    COPY_FILE_RANGE: (request, reply) => {
      const target = nodeAt(fs, request, 16);
      const [from, to] = [handleAt(fs, request, 0), handleAt(fs, request, 24, target)];
      const [fromAt, toAt, length] = [request.u64(8), request.u64(32), request.u64(40)];
      const copied = data.copyFileRange(fs, from, fromAt, target, to, toAt, length, dropperOf(request));
      // The kernel does not know that the source was read.
      if (copied > 0) fs.backing.forgetAttributes(request.nodeid);
      return count(copied, reply);
    },
    SYNCFS: () => data.syncfs(fs),
    READDIR: (request, reply) => readdir(fs, request, reply, 1, (entry, at) => plain(fs, request, reply, entry, at)),
    READDIRPLUS: (request, reply) =>
      readdir(fs, request, reply, 5, (entry, at, fd) => withAttributes(fs, request, reply, entry, at, fd)),
    FSYNCDIR: (request) => {
      const fd = fs.objects.listing(nodeOf(fs, request), false);
      return fd < 0 ? fd : fs.observer.sync(nodeOf(fs, request), fd, isDataOnly(request));
    },
  };
}

function isDataOnly(request: Request): boolean {
  return (request.u32(8) & FUSE_FSYNC_FDATASYNC) !== 0;
}

/** struct fuse_write_out */
function count(result: number, reply: Reply): number {
  if (result < 0) return result;
  reply.u64(0, result);
  return 8;
}

/**
 * Fills the reply with entries by `put`, which returns an entry's length or 0 when there is no room. `ratio`: how much
 * longer an entry is here than on the source, so that not many more are read than fit.
 */
function readdir(
  fs: Filesystem,
  request: Request,
  reply: Reply,
  ratio: number,
  put: (entry: Listed, at: number, fd: number) => number,
): number {
  const room = Math.min(request.u32(ioIn.size), reply.payload.length);
  let filled = 0;
  const result = list(fs, nodeOf(fs, request), request.u64(ioIn.offset), Math.floor(room / ratio), (entry, fd) => {
    const length = filled + direntplusOr(ratio, entry.nameLength) <= room ? put(entry, filled, fd) : 0;
    filled += length;
    return length > 0;
  });
  return result < 0 ? result : filled;
}

function direntplusOr(ratio: number, nameLength: number): number {
  return ratio === 1 ? direntLength(nameLength) : direntplusLength(nameLength);
}

function plain(fs: Filesystem, request: Request, reply: Reply, entry: Listed, at: number): number {
  const dev = fs.table.get(request.nodeid, node.dev);
  return reply.dirent(at, entry.entries, entry.at, dev, entry.type, entry.nameStart, entry.nameLength);
}

/**
 * An entry with its node and attributes, as if it had been looked up; without where that fails, and for `.` and `..`.
 */
function withAttributes(fs: Filesystem, request: Request, reply: Reply, entry: Listed, at: number, fd: number): number {
  const name = entry.entries.subarray(entry.nameStart, entry.nameStart + entry.nameLength + 1);
  const id = entry.isDots ? 0 : lookupAt(fs, request.nodeid, fd, name);
  const head = id > 0 ? entryReply(fs, id, reply, at) : reply.noEntry(at);
  return head + plain(fs, request, reply, entry, at + head);
}
