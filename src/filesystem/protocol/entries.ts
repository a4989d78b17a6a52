import { decodeDevice, FOPEN_PASSTHROUGH, type Handlers, noReply, type Reply, type Request } from '../../fuse/index.js';
import { ENOENT } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Caller } from '../identity.js';
import { node } from '../nodes/memory.js';
import { link } from '../operations/link.js';
import { lookup } from '../operations/lookup.js';
import { create, mkdir, mknod, symlink } from '../operations/make.js';
import type { Opened } from '../operations/open.js';
import { rmdir, unlink } from '../operations/remove.js';
import { rename } from '../operations/rename.js';
import { tmpfile } from '../operations/tmpfile.js';
import { nodeAt, nodeOf } from './named.js';

/** The requests about names: struct offsets are those of linux/fuse.h, bytes behind the header. */
export function entryHandlers(fs: Filesystem): Handlers {
  const opened: Opened = { fd: -1, backingId: 0 };
  const entry = (id: number, reply: Reply) => (id < 0 ? id : entryReply(fs, id, reply));
  return {
    LOOKUP: (request, reply) => {
      const id = lookup(fs, nodeOf(fs, request), request.entryName(0));
      return id === -ENOENT ? reply.noEntry() : entry(id, reply);
    },
    FORGET: (request) => {
      fs.table.forget(request.nodeid, request.u32(0), request.u32(4));
      return noReply;
    },
    BATCH_FORGET: (request) => {
      const count = request.u32(0);
      request.data(8, count * 16);
      for (let at = 8; at < 8 + count * 16; at += 16)
        fs.table.forget(request.small64(at), request.u32(at + 8), request.u32(at + 12));
      return noReply;
    },
    MKDIR: (request, reply) =>
      entry(mkdir(fs, nodeOf(fs, request), request.entryName(8), request.u32(0), callerOf(request, 4)), reply),
    MKNOD: (request, reply) => {
      const device = decodeDevice(request.u32(4));
      return entry(
        mknod(fs, nodeOf(fs, request), request.entryName(16), request.u32(0), device, callerOf(request, 8)),
        reply,
      );
    },
    SYMLINK: (request, reply) => {
      const name = request.entryName(0);
      return entry(
        symlink(fs, nodeOf(fs, request), name, request.name(name.length), callerOf(request, undefined)),
        reply,
      );
    },
    CREATE: (request, reply) => {
      const [flags, mode] = [request.u32(0), request.u32(4)];
      const id = create(fs, nodeOf(fs, request), request.entryName(16), flags, mode, callerOf(request, 8), opened);
      if (id < 0) return id;
      // Mapped it cannot be before it is given a size, which the kernel sees.
      const length = reply.entry(id, fs.table.get(id, node.generation), fs.stat, 0, reply.rules.attr);
      return length + openReply(reply, opened, length);
    },
    // Its name is a slash, which stands for none.
    TMPFILE: (request, reply) => {
      const [flags, mode] = [request.u32(0), request.u32(4)];
      const length = entry(tmpfile(fs, nodeOf(fs, request), flags, mode, callerOf(request, 8), opened), reply);
      return length < 0 ? length : length + openReply(reply, opened, length);
    },
    UNLINK: (request) => unlink(fs, nodeOf(fs, request), request.entryName(0)),
    RMDIR: (request) => rmdir(fs, nodeOf(fs, request), request.entryName(0)),
    RENAME: (request) => renameFrom(fs, request, 8, 0),
    RENAME2: (request) => renameFrom(fs, request, 16, request.u32(8)),
    LINK: (request, reply) => entry(link(fs, nodeAt(fs, request, 0), nodeOf(fs, request), request.entryName(8)), reply),
  };
}

function renameFrom(fs: Filesystem, request: Request, names: number, flags: number): number {
  const name = request.entryName(names);
  const [parent, newParent] = [nodeOf(fs, request), nodeAt(fs, request, 0)];
  const newName = request.entryName(names + name.length);
  return rename(fs, parent, name, newParent, newName, flags, callerOf(request, undefined));
}

/** Who makes something. The umask stands at `umask`; symlinks have none. */
function callerOf(request: Request, umask: number | undefined): Caller {
  return {
    uid: request.uid,
    gid: request.gid,
    group: request.supplementaryGroup(),
    umask: umask === undefined ? 0 : request.u32(umask),
  };
}

/** struct fuse_entry_out for a node whose attributes are in `fs.stat`, at `at`; returns its length. */
export function entryReply(fs: Filesystem, id: number, reply: Reply, at = 0): number {
  const valid = fs.backing.trusted(id, reply.rules.attr);
  return reply.entry(id, fs.table.get(id, node.generation), fs.stat, at, valid);
}

/** struct fuse_open_out for a handle, at `at`; returns its length. */
export function openReply(reply: Reply, { fd, backingId }: Opened, at = 0): number {
  return reply.open(fd, backingId === 0 ? 0 : FOPEN_PASSTHROUGH, backingId, at);
}
