import { createRequire } from 'node:module';

/** A whole 64-bit number: a Number where it is a safe integer, a BigInt otherwise. */
export type Integer64 = number | bigint;

/** A byte string whose last byte is NUL, and no other; see {@link cstr}. */
export type CString = Uint8Array;

/**
 * The addon: each function is the system call of its name, blocking, on the calling thread. The result is the system
 * call's, or −errno. A wrong argument throws a TypeError; nothing else throws.
 */
export interface Native {
  openat(directory: number, name: CString, flags: number, mode: number): number;
  close(fd: number): number;
  read(fd: number, buffer: Uint8Array): number;
  write(fd: number, buffer: Uint8Array, length: number): number;
  pread(fd: number, buffer: Uint8Array, offset: Integer64): number;
  pwrite(fd: number, buffer: Uint8Array, offset: Integer64): number;
  lseek(fd: number, offset: Integer64, whence: number): Integer64;
  fsync(fd: number): number;
  fdatasync(fd: number): number;
  syncfs(fd: number): number;
  ftruncate(fd: number, length: Integer64): number;
  fallocate(fd: number, mode: number, offset: Integer64, length: Integer64): number;
  copy_file_range(from: number, fromOffset: Integer64, to: number, toOffset: Integer64, length: Integer64): number;
  flock(fd: number, operation: number): number;
  /** Fills the buffer with struct linux_dirent64; returns the bytes filled, 0 at the end. */
  getdents64(fd: number, buffer: Uint8Array): number;
  /** `out` receives struct statx, 256 bytes. */
  statx(directory: number, name: CString, flags: number, mask: number, out: Uint8Array): number;
  /** `out` receives struct statfs, 120 bytes. */
  fstatfs(fd: number, out: Uint8Array): number;
  mkdirat(directory: number, name: CString, mode: number): number;
  mknodat(directory: number, name: CString, mode: number, major: number, minor: number): number;
  symlinkat(target: CString, directory: number, name: CString): number;
  readlinkat(directory: number, name: CString, buffer: Uint8Array): number;
  linkat(oldDirectory: number, oldName: CString, newDirectory: number, newName: CString, flags: number): number;
  unlinkat(directory: number, name: CString, flags: number): number;
  renameat2(oldDirectory: number, oldName: CString, newDirectory: number, newName: CString, flags: number): number;
  /** Not for O_PATH: EBADF. */
  fchmod(fd: number, mode: number): number;
  /** Follows symlinks: give it `/proc/self/fd/N`. */
  fchmodat(directory: number, name: CString, mode: number): number;
  fchownat(directory: number, name: CString, uid: number, gid: number, flags: number): number;
  /** `times`: two struct timespec, 32 bytes (atime, mtime); null sets both to now. */
  utimensat(directory: number, name: CString, times: Uint8Array | null, flags: number): number;
  getxattr(path: CString, name: CString, value: Uint8Array): number;
  lgetxattr(path: CString, name: CString, value: Uint8Array): number;
  setxattr(path: CString, name: CString, value: Uint8Array, flags: number): number;
  lsetxattr(path: CString, name: CString, value: Uint8Array, flags: number): number;
  /** Not for O_PATH: EBADF. */
  fsetxattr(fd: number, name: CString, value: Uint8Array, flags: number): number;
  listxattr(path: CString, names: Uint8Array): number;
  llistxattr(path: CString, names: Uint8Array): number;
  /** Not for O_PATH: EBADF. */
  flistxattr(fd: number, names: Uint8Array): number;
  removexattr(path: CString, name: CString): number;
  lremovexattr(path: CString, name: CString): number;
  mount(source: CString, target: CString, type: CString, flags: number, data: CString): number;
  umount2(target: CString, flags: number): number;
  open_tree(directory: number, name: CString, flags: number): number;
  /** `attributes`: struct mount_attr, 32 bytes (attr_set, attr_clr, propagation, userns_fd). */
  mount_setattr(directory: number, name: CString, flags: number, attributes: Uint8Array): number;
  /** `argument` is at least as long as the request number says. */
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** One descriptor; returns its revents, 0 when the time passed. */
  poll(fd: number, events: number, milliseconds: number): number;
  /** `out` receives two int32 descriptors of AF_UNIX stream sockets. */
  socketpair(out: Uint8Array): number;
  /** Receives one byte that carries one descriptor, written to `out` as int32, −1 when there was none. */
  recvmsg_fd(socket: number, out: Uint8Array): number;
  /** Returns the previous uid, whether or not it could be set. This thread only. */
  setfsuid(uid: number): number;
  /** Returns the previous gid, whether or not it could be set. This thread only. */
  setfsgid(gid: number): number;
  /** `groups`: gids of 4 bytes. This thread only. */
  setgroups(groups: Uint8Array): number;
  /**
   * `out` receives effective, permitted, inheritable for capabilities 0–31, then for 32–63: 24 bytes. This thread only.
   */
  capget(out: Uint8Array): number;
  capset(data: Uint8Array): number;
  prctl(option: number, argument: number): number;
  unshare(flags: number): number;
  umask(mask: number): number;
  /** `out` receives struct timespec, 16 bytes. */
  clock_gettime(clock: number, out: Uint8Array): number;
  /** `params`: struct io_uring_params, 120 bytes, read and written. */
  io_uring_setup(entries: number, params: Uint8Array): number;
  io_uring_enter(fd: number, toSubmit: number, minComplete: number, flags: number): number;
  /** Returns the memory, which stays mapped for the life of the process; `out` receives its address, a uint64. */
  mmap(
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
    out: Uint8Array,
  ): ArrayBuffer | number;
  /** `mask`: a bit for each processor. This thread only. */
  sched_setaffinity(mask: Uint8Array): number;
}

// From dist/src/syscalls to the addon, which node-gyp leaves beside its sources.
const addon = '../../../src/syscalls/build/Release/syscalls.node';

export const native = createRequire(import.meta.url)(addon) as Native;
