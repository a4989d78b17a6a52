/**
 * Sizes and offsets in bytes of the structures of linux/fuse.h that are read or written here. test/fuse/abi.test.ts
 * checks them against C.
 */

/** struct fuse_in_header */
export const inHeader = {
  bytes: 40,
  len: 0,
  opcode: 4,
  unique: 8,
  nodeid: 16,
  uid: 24,
  gid: 28,
  pid: 32,
  totalExtlen: 36,
} as const;
/** struct fuse_out_header */
export const outHeader = { bytes: 16, len: 0, error: 4, unique: 8 } as const;
/** struct fuse_attr */
export const attr = {
  bytes: 88,
  ino: 0,
  size: 8,
  blocks: 16,
  atime: 24,
  mtime: 32,
  ctime: 40,
  atimensec: 48,
  mtimensec: 52,
  ctimensec: 56,
  mode: 60,
  nlink: 64,
  uid: 68,
  gid: 72,
  rdev: 76,
  blksize: 80,
  flags: 84,
} as const;
/** struct fuse_entry_out; its attributes follow at `attr`. */
export const entryOut = {
  bytes: 128,
  nodeid: 0,
  generation: 8,
  entryValid: 16,
  attrValid: 24,
  entryValidNsec: 32,
  attrValidNsec: 36,
  attr: 40,
} as const;
/** struct fuse_attr_out */
export const attrOut = { bytes: 104, attrValid: 0, attrValidNsec: 8, attr: 16 } as const;
/** struct fuse_statx_out; what follows at `stat` is laid out as struct statx. */
export const statxOut = { bytes: 288, attrValid: 0, attrValidNsec: 8, flags: 12, stat: 32 } as const;
/** struct fuse_ioctl_in; what the caller hands in follows. */
export const ioctlIn = { bytes: 32, fh: 0, flags: 8, cmd: 12, arg: 16, inSize: 24, outSize: 28 } as const;
/** struct fuse_ioctl_out; what the caller gets follows. */
export const ioctlOut = { bytes: 16, result: 0, flags: 4, inIovs: 8, outIovs: 12 } as const;
/** struct fuse_open_out */
export const openOut = { bytes: 16, fh: 0, openFlags: 8, backingId: 12 } as const;
/** struct fuse_dirent: ino, off, namelen, type, name; padded to 8 bytes. */
export const dirent = { bytes: 24, ino: 0, off: 8, namelen: 16, type: 20 } as const;
/** struct fuse_direntplus: an entry, then a dirent. */
export const direntplus = { bytes: 152, dirent: 128 } as const;
/** struct fuse_init_in */
export const initIn = { bytes: 64, major: 0, minor: 4, maxReadahead: 8, flags: 12, flags2: 16 } as const;
/** struct fuse_init_out */
export const initOut = {
  bytes: 64,
  major: 0,
  minor: 4,
  maxReadahead: 8,
  flags: 12,
  maxBackground: 16,
  congestionThreshold: 18,
  maxWrite: 20,
  timeGran: 24,
  maxPages: 28,
  mapAlignment: 30,
  flags2: 32,
  maxStackDepth: 36,
} as const;
/** struct fuse_setattr_in */
export const setattrIn = {
  bytes: 88,
  valid: 0,
  fh: 8,
  size: 16,
  atime: 32,
  mtime: 40,
  atimensec: 56,
  mtimensec: 60,
  mode: 68,
  uid: 76,
  gid: 80,
} as const;
/** struct fuse_kstatfs */
export const kstatfs = {
  bytes: 80,
  blocks: 0,
  bfree: 8,
  bavail: 16,
  files: 24,
  ffree: 32,
  bsize: 40,
  namelen: 44,
  frsize: 48,
} as const;
/** struct fuse_read_in and fuse_write_in */
export const ioIn = { bytes: 40, fh: 0, offset: 8, size: 16 } as const;
/** struct fuse_notify_inval_inode_out */
export const invalInodeOut = { bytes: 24, ino: 0, off: 8, len: 16 } as const;
/** struct fuse_backing_map */
export const backingMap = { bytes: 16, fd: 0, flags: 4 } as const;
