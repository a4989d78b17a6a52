import { EBADF, O_RDWR } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { setattr } from '../operations/attributes.js';
import * as data from '../operations/data.js';
import { create } from '../operations/make.js';
import { type Opened, open, release } from '../operations/open.js';
import { type Answer, answer } from './answer.js';
import { maker, withoutSetIds } from './making.js';
import type { Paths } from './paths.js';

/** The callbacks about open files. A handle is the daemon's descriptor; what it is of counts, not the path that comes with it. */
export function handleCallbacks(fs: Filesystem, paths: Paths) {
  const opened: Opened = { fd: -1, backingId: 0 };
  const nodes = new Map<number, number>();

  const opening = (result: number, id: number): Answer =>
    answer(result, () => {
      nodes.set(opened.fd, id);
      return [opened.fd];
    });
  const withNode = (fd: number, use: (id: number) => number): number => {
    const id = nodes.get(fd);
    return id === undefined ? -EBADF : use(id);
  };

  return {
    open: (path: string, flags: number): Answer => {
      const id = paths.node(path);
      return opening(id < 0 ? id : open(fs, id, flags, undefined, maker.uid, opened), id);
    },

    /** The flags of open(2) are not handed over: the kernel sees to it that the caller does no more than he asked for. */
    create: (path: string, mode: number): Answer => {
      const place = paths.named(path);
      if (typeof place === 'number') return place;
      const id = create(fs, place.parent, place.name, O_RDWR, withoutSetIds(mode), maker, opened);
      if (id > 0) paths.held.keep(id);
      return opening(id, id);
    },

    release: (_path: string, fd: number): Answer =>
      withNode(fd, (id) => {
        nodes.delete(fd);
        const result = release(fs, id, fd);
        paths.unlinked.released(id);
        return result;
      }),

    read: (_path: string, fd: number, buffer: Buffer, length: number, offset: number): Answer =>
      withNode(fd, () => data.read(fd, buffer.subarray(0, length), offset)),

    write: (_path: string, fd: number, buffer: Buffer, length: number, offset: number): Answer =>
      withNode(fd, (id) => data.write(fs, id, fd, buffer.subarray(0, length), offset, undefined)),

    ftruncate: (_path: string, fd: number, size: number): Answer =>
      withNode(fd, (id) =>
        setattr(fs, id, {
          mode: undefined,
          uid: undefined,
          gid: undefined,
          size: BigInt(size),
          times: undefined,
          handle: fd,
          dropper: undefined,
          caller: maker.uid,
        }),
      ),

    fsync: (_path: string, dataOnly: number, fd: number): Answer =>
      withNode(fd, (id) => fs.observer.sync(id, fd, dataOnly !== 0)),

    /** Directories have no handles here: a listing does not get them either. */
    fsyncdir: (path: string, dataOnly: number): Answer => {
      const id = paths.node(path);
      return id < 0 ? id : data.fsyncDirectory(fs, id, dataOnly !== 0);
    },
  };
}
