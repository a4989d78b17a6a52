import {
  FATTR_ATIME,
  FATTR_ATIME_NOW,
  FATTR_FH,
  FATTR_GID,
  FATTR_KILL_SUIDGID,
  FATTR_MODE,
  FATTR_MTIME,
  FATTR_MTIME_NOW,
  FATTR_SIZE,
  FATTR_UID,
  FUSE_SETXATTR_ACL_KILL_SGID,
  type Handlers,
  ioctlIn,
  ioctlOut,
  kstatfs,
  type Reply,
  type Request,
  setattrIn,
} from '../../fuse/index.js';
import { emptyName, native, UTIME_NOW, UTIME_OMIT } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { type AttributeChange, getattr, setattr } from '../operations/attributes.js';
import { ioctl } from '../operations/file-flags.js';
import { getxattr, listxattr, removexattr, setxattr } from '../operations/xattrs.js';
import { dropperIf, handleAt, nodeOf } from './named.js';

/** The requests about attributes, xattrs, symlinks' targets and the filesystem's figures. */
export function attributeHandlers(fs: Filesystem): Handlers {
  const trusted = (request: Request, reply: Reply) => fs.backing.trusted(request.nodeid, reply.rules.attr);
  return {
    GETATTR: (request, reply) => getattr(fs, nodeOf(fs, request)) || reply.attrOut(fs.stat, trusted(request, reply)),
    STATX: (request, reply) => getattr(fs, nodeOf(fs, request)) || reply.statxOut(fs.stat, trusted(request, reply)),
    SETATTR: (request, reply) =>
      setattr(fs, nodeOf(fs, request), changeOf(fs, request)) || reply.attrOut(fs.stat, trusted(request, reply)),
    READLINK: (request, reply) =>
      fs.objects.with(nodeOf(fs, request), (fd) => native.readlinkat(fd, emptyName, reply.payload)),
    STATFS: (request, reply) => fs.objects.with(nodeOf(fs, request), (fd) => statfs(fd, reply)),
    GETXATTR: (request, reply) =>
      sized(request, reply, (value) => getxattr(fs, nodeOf(fs, request), request.name(8), value)),
    LISTXATTR: (request, reply) => sized(request, reply, (names) => listxattr(fs, nodeOf(fs, request), names)),
    SETXATTR: (request) => {
      const name = request.name(setxattrIn.name);
      const value = request.data(setxattrIn.name + name.length, request.u32(setxattrIn.size));
      const dropper = dropperIf(request, request.u32(setxattrIn.setxattrFlags) & FUSE_SETXATTR_ACL_KILL_SGID);
      return setxattr(fs, nodeOf(fs, request), name, value, request.i32(setxattrIn.flags), dropper);
    },
    REMOVEXATTR: (request) => removexattr(fs, nodeOf(fs, request), request.name(0)),
    IOCTL: (request, reply) => fileFlags(fs, request, reply),
  };
}

/** struct fuse_setxattr_in with FUSE_SETXATTR_EXT; the name follows, then the value. */
const setxattrIn = { size: 0, flags: 4, setxattrFlags: 8, name: 16 } as const;

function fileFlags(fs: Filesystem, request: Request, reply: Reply): number {
  const given = request.data(ioctlIn.bytes, request.u32(ioctlIn.inSize));
  const answer = reply.payload.subarray(ioctlOut.bytes, ioctlOut.bytes + request.u32(ioctlIn.outSize));
  reply.payload.fill(0, 0, ioctlOut.bytes + answer.length);
  return ioctl(fs, nodeOf(fs, request), request.u32(ioctlIn.cmd), given, answer) || ioctlOut.bytes + answer.length;
}

/** A value or list: the caller says how much it takes, and 0 asks for the length (struct fuse_getxattr_out). */
function sized(request: Request, reply: Reply, read: (into: Buffer) => number): number {
  const room = request.u32(0);
  const length = read(reply.payload.subarray(0, Math.min(room, reply.payload.length)));
  if (room > 0 || length < 0) return length;
  reply.u64(0, length);
  return 8;
}

function changeOf(fs: Filesystem, request: Request): AttributeChange {
  const valid = request.u32(setattrIn.valid);
  const word = (bit: number, offset: number) => (valid & bit ? request.u32(offset) : undefined);
  return {
    mode: word(FATTR_MODE, setattrIn.mode),
    uid: word(FATTR_UID, setattrIn.uid),
    gid: word(FATTR_GID, setattrIn.gid),
    size: valid & FATTR_SIZE ? request.u64(setattrIn.size) : undefined,
    times: timesOf(request, valid),
    handle: valid & FATTR_FH ? handleAt(fs, request, setattrIn.fh) : undefined,
    dropper: dropperIf(request, valid & FATTR_KILL_SUIDGID),
    caller: request.uid,
  };
}

/** Two struct timespec for utimensat(2), from the request's seconds and nanoseconds. */
function timesOf(request: Request, valid: number): Buffer | undefined {
  if ((valid & (FATTR_ATIME | FATTR_MTIME)) === 0) return undefined;
  const times = Buffer.alloc(32);
  const put = (at: number, bit: number, now: number, seconds: number, nanoseconds: number) => {
    times.writeBigUInt64LE(request.u64(seconds), at);
    const given = valid & now ? UTIME_NOW : request.u32(nanoseconds);
    times.writeUInt32LE(valid & bit ? given : UTIME_OMIT, at + 8);
  };
  put(0, FATTR_ATIME, FATTR_ATIME_NOW, setattrIn.atime, setattrIn.atimensec);
  put(16, FATTR_MTIME, FATTR_MTIME_NOW, setattrIn.mtime, setattrIn.mtimensec);
  return times;
}

/**
 * From struct statfs (64-bit fields of 8 bytes: bsize at 8, the five counts from 16, namelen at 64, frsize at 72) to
 * struct fuse_kstatfs.
 */
function statfs(fd: number, reply: Reply): number {
  const figures = Buffer.alloc(120);
  const result = native.fstatfs(fd, figures);
  if (result < 0) return result;
  reply.payload.fill(0, 0, kstatfs.bytes);
  figures.copy(reply.payload, kstatfs.blocks, 16, 56);
  reply.u32(kstatfs.bsize, figures.readUInt32LE(8));
  reply.u32(kstatfs.namelen, figures.readUInt32LE(64));
  reply.u32(kstatfs.frsize, figures.readUInt32LE(72));
  return kstatfs.bytes;
}
