import { Operation } from '../../journal/record.js';
import { type Integer64, native, O_DIRECTORY, O_RDONLY } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Writer } from '../identity.js';
import { rootNode } from '../nodes/table.js';

/**
 * Reads, writes and the like on open handles, where the kernel does not do them itself. All return what the system call
 * returns.
 */

export function read(fd: number, buffer: Uint8Array, offset: Integer64): number {
  return native.pread(fd, buffer, offset);
}

export function write(
  fs: Filesystem,
  id: number,
  fd: number,
  data: Uint8Array,
  offset: Integer64,
  dropper: Writer | undefined,
): number {
  const put = () => native.pwrite(fd, data, offset);
  return fs.observer.changeObject(id, Operation.data, () => fs.identity.droppingSetIds(dropper, put));
}

export function fallocate(
  fs: Filesystem,
  id: number,
  fd: number,
  mode: number,
  offset: Integer64,
  length: Integer64,
  dropper: Writer | undefined,
): number {
  const allocate = () => native.fallocate(fd, mode, offset, length);
  return fs.observer.changeObject(id, Operation.data, () => fs.identity.droppingSetIds(dropper, allocate));
}

export function copyFileRange(
  fs: Filesystem,
  from: number,
  fromOffset: Integer64,
  id: number,
  to: number,
  toOffset: Integer64,
  length: Integer64,
  dropper: Writer | undefined,
): number {
  const copy = () => native.copy_file_range(from, fromOffset, to, toOffset, length);
  return fs.observer.changeObject(id, Operation.data, () => fs.identity.droppingSetIds(dropper, copy));
}

/** For a directory that is not open, too. */
export function fsyncDirectory(fs: Filesystem, id: number, dataOnly: boolean): number {
  return withDirectory(fs, id, (fd) => fs.observer.sync(id, fd, dataOnly));
}

/** Everything on the source's filesystem. */
export function syncfs(fs: Filesystem): number {
  return withDirectory(fs, rootNode, (fd) => native.syncfs(fd));
}

function withDirectory(fs: Filesystem, id: number, use: (fd: number) => number): number {
  const fd = fs.objects.open(id, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return fd;
  const result = use(fd);
  native.close(fd);
  return result;
}
