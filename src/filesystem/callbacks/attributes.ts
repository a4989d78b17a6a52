import { cstr, EILSEQ, emptyName, native } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { type AttributeChange, getattr, setattr } from '../operations/attributes.js';
import { getxattr, listxattr, removexattr, setxattr } from '../operations/xattrs.js';
import { type Answer, answer } from './answer.js';
import { maker } from './making.js';
import { isLossy, type Paths } from './paths.js';
import { attributesOf, figuresOf, timesOf } from './values.js';

const nothing: AttributeChange = {
  mode: undefined,
  uid: undefined,
  gid: undefined,
  size: undefined,
  times: undefined,
  handle: undefined,
  dropper: undefined,
  caller: maker.uid,
};

/** The callbacks about attributes, xattrs, symlinks' targets and the filesystem's figures. */
export function attributeCallbacks(fs: Filesystem, paths: Paths) {
  const at = (path: string, use: (id: number) => number): number => {
    const id = paths.node(path);
    return id < 0 ? id : use(id);
  };
  const change = (path: string, what: Partial<AttributeChange>): Answer =>
    at(path, (id) => setattr(fs, id, { ...nothing, ...what }));
  const named = (name: string, use: (name: Buffer) => number): number => (isLossy(name) ? -EILSEQ : use(cstr(name)));
  const target = Buffer.alloc(4096);

  return {
    getattr: (path: string): Answer =>
      answer(
        at(path, (id) => getattr(fs, id)),
        () => [attributesOf(fs.stat)],
      ),
    chmod: (path: string, mode: number): Answer => change(path, { mode }),
    chown: (path: string, uid: number, gid: number): Answer => change(path, { uid, gid }),
    truncate: (path: string, size: number): Answer => change(path, { size: BigInt(size) }),
    utimens: (path: string, atimeMs: number, mtimeMs: number): Answer =>
      change(path, { times: timesOf(atimeMs, mtimeMs) }),

    readlink: (path: string): Answer => {
      const length = at(path, (id) => fs.objects.with(id, (fd) => native.readlinkat(fd, emptyName, target)));
      if (length < 0) return length;
      const text = target.toString('utf8', 0, length);
      return Buffer.from(text).equals(target.subarray(0, length)) ? [text] : -EILSEQ;
    },

    statfs: (path: string): Answer => {
      const figures = Buffer.alloc(120);
      const result = at(path, (id) => fs.objects.with(id, (fd) => native.fstatfs(fd, figures)));
      return answer(result, () => [figuresOf(figures)]);
    },

    /** The value goes into `room`; an empty one asks for the length. */
    getxattr: (path: string, name: string, room: Buffer): Answer =>
      named(name, (bytes) => at(path, (id) => getxattr(fs, id, bytes, room))),

    setxattr: (path: string, name: string, value: Buffer, _position: number, flags: number): Answer =>
      named(name, (bytes) => at(path, (id) => setxattr(fs, id, bytes, value, flags, undefined))),

    listxattr: (path: string, room: Buffer): Answer => at(path, (id) => listxattr(fs, id, room)),

    removexattr: (path: string, name: string): Answer =>
      named(name, (bytes) => at(path, (id) => removexattr(fs, id, bytes))),
  };
}
