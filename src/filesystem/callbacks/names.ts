import { decodeDevice } from '../../fuse/index.js';
import { cstr, EILSEQ } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { link } from '../operations/link.js';
import { lookup } from '../operations/lookup.js';
import { mkdir, mknod, symlink } from '../operations/make.js';
import { rmdir, unlink } from '../operations/remove.js';
import { rename } from '../operations/rename.js';
import type { Answer } from './answer.js';
import { maker, withoutSetIds } from './making.js';
import { isLossy, type Named, type Paths } from './paths.js';

/** The callbacks that make, move and remove names. */
export function nameCallbacks(fs: Filesystem, paths: Paths) {
  /** Makes something at a path that is free. */
  const making = (path: string, make: (place: Named) => number): Answer => {
    const place = paths.named(path);
    if (typeof place === 'number') return place;
    const id = make(place);
    if (id < 0) return id;
    paths.held.keep(id);
    return 0;
  };

  /** Removes what is at a path, which is looked up before as the kernel would: who knows it learns of its end. */
  const removing = (path: string, remove: (fs: Filesystem, parent: number, name: Buffer) => number): number => {
    const id = paths.node(path);
    const place = id < 0 ? id : paths.named(path);
    if (typeof place === 'number') return place;
    const result = remove(fs, place.parent, place.name);
    paths.held.dropUnlinked(id);
    return result;
  };

  /** libfuse wants an open file out of sight; it keeps a lookup of its own. */
  const unlinkOpen = (path: string, hidden: string): number => {
    const place = paths.named(path);
    const id = typeof place === 'number' ? place : lookup(fs, place.parent, place.name);
    if (id < 0) return id;
    const result = removing(path, unlink);
    if (result < 0) fs.table.forget(id, 1, 0);
    else paths.unlinked.keep(hidden, id);
    return result;
  };

  return {
    mkdir: (path: string, mode: number): Answer =>
      making(path, ({ parent, name }) => mkdir(fs, parent, name, mode, maker)),

    mknod: (path: string, mode: number, device: number): Answer =>
      making(path, ({ parent, name }) => mknod(fs, parent, name, withoutSetIds(mode), decodeDevice(device), maker)),

    symlink: (target: string, path: string): Answer =>
      isLossy(target) ? -EILSEQ : making(path, ({ parent, name }) => symlink(fs, parent, name, cstr(target), maker)),

    link: (path: string, newPath: string): Answer => {
      const id = paths.node(path);
      return id < 0 ? id : making(newPath, ({ parent, name }) => link(fs, id, parent, name));
    },

    unlink: (path: string): Answer => (paths.unlinked.node(path) === undefined ? removing(path, unlink) : 0),

    rmdir: (path: string): Answer => removing(path, rmdir),

    rename: (path: string, newPath: string): Answer => {
      const id = paths.node(path);
      if (id < 0) return id;
      if (paths.unlinked.isUnlink(path, newPath, id)) return unlinkOpen(path, newPath);
      const replaced = paths.node(newPath);
      const [from, to] = [paths.named(path), paths.named(newPath)];
      if (typeof from === 'number') return from;
      if (typeof to === 'number') return to;
      const result = rename(fs, from.parent, from.name, to.parent, to.name, 0, maker);
      paths.held.dropUnlinked(replaced);
      return result;
    },
  };
}
