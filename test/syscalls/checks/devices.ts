import { readdirSync, statfsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import {
  AT_EMPTY_PATH,
  cstr,
  EBADF,
  EINVAL,
  ENODEV,
  ENOENT,
  EPERM,
  EROFS,
  MNT_DETACH,
  MS_RDONLY,
  type Native,
  O_CLOEXEC,
  OPEN_TREE_CLONE,
  POLLIN,
} from '../../../src/syscalls/index.js';
import { type Check, isRoot, noFd } from './check.js';

const { ENOTSOCK, ENOTTY } = constants.errno;
/** linux/mount.h */
const MOUNT_ATTR_RDONLY = 1;
const POLLOUT = 4;
const POLLHUP = 16;
const POLLNVAL = 32;
/** asm-generic/ioctls.h, linux/fs.h */
const FIONREAD = 0x541b;
const FS_IOC_GETFLAGS = 0x80086601;

function pair(native: Native): [one: number, other: number] {
  const out = Buffer.alloc(8);
  if (native.socketpair(out) < 0) throw new Error('socketpair failed');
  return [out.readInt32LE(0), out.readInt32LE(4)];
}

function closing(native: Native, ...fds: number[]): void {
  for (const fd of fds) native.close(fd);
}

/** Mounting, ioctl(2), poll(2) and sockets. */
export const deviceChecks = {
  mount: ({ native, at, path }, is) => {
    const mount = (target: Buffer, type: string, flags: number, data: string) =>
      native.mount(cstr('none'), target, cstr(type), flags, cstr(data));
    if (!isRoot) {
      is(mount(at('sub'), 'tmpfs', 0, ''), -EPERM, 'as an ordinary user');
      return;
    }
    is(mount(at('missing'), 'tmpfs', 0, ''), -ENOENT, 'on nothing');
    is(mount(at('sub'), 'no-such-type', 0, ''), -ENODEV, 'a type that does not exist');
    is(mount(at('sub'), 'tmpfs', 0, 'no-such-option'), -EINVAL, 'an option that does not exist');
    const mounted = mount(at('sub'), 'tmpfs', MS_RDONLY, 'mode=711');
    const [{ type }, { mode }] = [statfsSync(join(path, 'sub')), statSync(join(path, 'sub'))];
    // Before anything that may fail: nothing stays mounted.
    const unmounted = native.umount2(at('sub'), MNT_DETACH);
    is([mounted, type, mode, unmounted], [0, 0x01021994, 0o40711, 0], 'a tmpfs, with its type and mode');
  },

  umount2: ({ native, at }, is) => {
    is(native.umount2(at('sub'), 0), isRoot ? -EINVAL : -EPERM, 'what is no mountpoint');
    is(native.umount2(at('missing'), 0), isRoot ? -ENOENT : -EPERM, 'nothing');
  },

  open_tree: ({ native, fd, path }, is) => {
    const plain = native.open_tree(fd, cstr('sub'), O_CLOEXEC);
    is(statSync(`/proc/self/fd/${plain}`).ino, statSync(join(path, 'sub')).ino, 'a directory');
    closing(native, plain);
    is(native.open_tree(fd, cstr('missing'), O_CLOEXEC), -ENOENT, 'nothing');
    is(native.open_tree(noFd, cstr('sub'), O_CLOEXEC), -EBADF, 'no descriptor');
    const clone = native.open_tree(fd, cstr('sub'), OPEN_TREE_CLONE | O_CLOEXEC);
    is(clone >= 0, isRoot, 'a mount of its own');
    if (clone < 0) return;
    is(readdirSync(`/proc/self/fd/${clone}`), ['inner'], 'which shows the same');
    closing(native, clone);
  },

  mount_setattr: ({ native, fd }, is) => {
    const attributes = Buffer.alloc(32);
    attributes.writeBigUInt64LE(BigInt(MOUNT_ATTR_RDONLY));
    const set = (directory: number, name: string) =>
      native.mount_setattr(directory, cstr(name), AT_EMPTY_PATH, attributes);
    is(set(noFd, ''), isRoot ? -EBADF : -EPERM, 'no descriptor');
    is(set(fd, 'missing'), isRoot ? -ENOENT : -EPERM, 'nothing');
    is(set(fd, 'sub'), isRoot ? -EINVAL : -EPERM, 'what is no mount');
    if (!isRoot) return;
    const clone = native.open_tree(fd, cstr('sub'), OPEN_TREE_CLONE | O_CLOEXEC);
    is(set(clone, ''), 0, 'a mount of its own');
    is(native.mkdirat(clone, cstr('new'), 0o755), -EROFS, 'is read-only now');
    is(native.mkdirat(fd, cstr('new'), 0o755), 0, 'and the other is not');
    closing(native, clone);
  },

  ioctl: ({ native, open, fd }, is) => {
    const out = Buffer.alloc(8);
    const file = open('file', 'r');
    is([native.ioctl(file, FIONREAD, out), out.readInt32LE(0)], [0, 7], 'a request with a result');
    is(native.ioctl(fd, 0xdead, out), -ENOTTY, 'a request that nobody knows');
    is(native.ioctl(noFd, FIONREAD, out), -EBADF, 'no descriptor');
    is(native.ioctl(file, FS_IOC_GETFLAGS, out) === -EBADF, false, 'a request number with its highest bit');
  },

  poll: ({ native, open }, is) => {
    const [one, other] = pair(native);
    is(native.poll(one, POLLIN, 0), 0, 'nothing to read');
    is(native.poll(one, POLLOUT, 0), POLLOUT, 'room to write');
    native.write(other, Buffer.from('x'), 1);
    is(native.poll(one, POLLIN, -1), POLLIN, 'something to read');
    native.close(other);
    is(native.poll(one, POLLIN, -1), POLLIN | POLLHUP, 'the other end is closed');
    is(native.poll(open('file', 'r'), POLLIN, 0), POLLIN, 'a file');
    is(native.poll(noFd, POLLIN, 0), POLLNVAL, 'no descriptor');
    native.close(one);
  },

  socketpair: ({ native }, is) => {
    const [one, other] = pair(native);
    const buffer = Buffer.alloc(4);
    is([native.write(one, Buffer.from('to'), 2), native.read(other, buffer)], [2, 2], 'one way');
    is([native.write(other, Buffer.from('fro'), 3), native.read(one, buffer)], [3, 3], 'the other way');
    closing(native, one, other);
  },

  recvmsg_fd: ({ native, open }, is) => {
    const [one, other] = pair(native);
    const out = Buffer.alloc(4);
    native.write(one, Buffer.from('x'), 1);
    is([native.recvmsg_fd(other, out), out.readInt32LE(0)], [1, -1], 'a byte without a descriptor');
    native.close(one);
    is([native.recvmsg_fd(other, out), out.readInt32LE(0)], [0, -1], 'the end');
    is(native.recvmsg_fd(open('file', 'r'), out), -ENOTSOCK, 'what is no socket');
    is(native.recvmsg_fd(noFd, out), -EBADF, 'no descriptor');
    native.close(other);
  },
} as const satisfies Partial<Record<keyof Native, Check>>;
