import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cstr, native } from '../../../src/syscalls/index.js';
import { type PosixCases, resultOf } from './case.js';

const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;

export const set = (path: string, name: string, value: string | Buffer, flags = 0) =>
  resultOf(native.lsetxattr(cstr(path), cstr(name), Buffer.from(value), flags));

export const remove = (path: string, name: string) => resultOf(native.lremovexattr(cstr(path), cstr(name)));

/** The value, or the name of the error. */
export function get(path: string, name: string): string {
  const value = Buffer.alloc(65536);
  const length = native.lgetxattr(cstr(path), cstr(name), value);
  return length < 0 ? String(resultOf(length)) : value.toString('latin1', 0, length);
}

/** The names, sorted. */
export function list(path: string): string[] {
  const names = Buffer.alloc(65536);
  const length = native.llistxattr(cstr(path), names);
  return names.toString('latin1', 0, Math.max(length, 0)).split('\0').slice(0, -1).sort();
}

/** The names that users gave. */
export const listUser = (path: string) => list(path).filter((name) => name.startsWith('user.note'));

export const xattrCases: PosixCases = {
  'xattrs of files and directories are set, replaced, listed and removed': (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    mkdirSync(join(dir, 'folder'));
    for (const path of [join(dir, 'file'), join(dir, 'folder')]) {
      t.deepEqual(listUser(path), []);
      t.is(set(path, 'user.note', 'first'), 0);
      t.is(set(path, 'user.note', 'second one'), 0);
      t.is(set(path, 'user.note.empty', ''), 0);
      t.is(set(path, 'user.note.bytes', Buffer.from([0, 255, 10, 0])), 0);
      t.is(get(path, 'user.note'), 'second one');
      t.is(get(path, 'user.note.empty'), '');
      t.is(get(path, 'user.note.bytes'), '\0\xff\n\0');
      t.deepEqual(listUser(path), ['user.note', 'user.note.bytes', 'user.note.empty']);
      t.is(remove(path, 'user.note'), 0);
      t.is(get(path, 'user.note'), 'ENODATA');
      t.deepEqual(listUser(path), ['user.note.bytes', 'user.note.empty']);
    }
  },

  'XATTR_CREATE wants a new name and XATTR_REPLACE an old one': (t, dir) => {
    t.is(set(dir, 'user.note', 'x', XATTR_REPLACE), 'ENODATA');
    t.is(set(dir, 'user.note', 'x', XATTR_CREATE), 0);
    t.is(set(dir, 'user.note', 'y', XATTR_CREATE), 'EEXIST');
    t.is(set(dir, 'user.note', 'z', XATTR_REPLACE), 0);
    t.is(get(dir, 'user.note'), 'z');
  },

  'xattrs are refused with the error of the man page': (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    symlinkSync('file', join(dir, 'link'));
    const path = join(dir, 'file');
    const rows: Record<string, [string | number, string]> = {
      'get of an absent one': [get(path, 'user.absent'), 'ENODATA'],
      'remove of an absent one': [remove(path, 'user.absent'), 'ENODATA'],
      'a value longer than 64 KiB': [set(path, 'user.note', 'x'.repeat(65537)), 'E2BIG'],
      'a name longer than 255 bytes': [set(path, `user.${'x'.repeat(251)}`, 'x'), 'ERANGE'],
      'a name without a namespace': [set(path, 'note', 'x'), 'EOPNOTSUPP'],
      'a user xattr on a symlink': [set(join(dir, 'link'), 'user.note', 'x'), 'EPERM'],
      'get from nothing': [get(join(dir, 'missing'), 'user.note'), 'ENOENT'],
    };
    for (const [title, [found, expected]] of Object.entries(rows)) t.is(found, expected, title);
  },

  'an empty buffer asks for the length and a short one is refused': (t, dir) => {
    const [path, name] = [cstr(dir), cstr('user.note')];
    const before = native.llistxattr(path, Buffer.alloc(0));
    t.is(set(dir, 'user.note', 'twelve bytes'), 0);
    t.is(native.lgetxattr(path, name, Buffer.alloc(0)), 12);
    t.is(resultOf(native.lgetxattr(path, name, Buffer.alloc(11))), 'ERANGE');
    t.is(native.lgetxattr(path, name, Buffer.alloc(12)), 12);
    t.is(native.llistxattr(path, Buffer.alloc(0)), before + 10);
    t.is(resultOf(native.llistxattr(path, Buffer.alloc(5))), 'ERANGE');
  },

  'an xattr name may have 255 bytes and a value several hundred': (t, dir) => {
    const name = `user.note${'n'.repeat(246)}`;
    t.is(set(dir, name, 'v'.repeat(700)), 0);
    t.is(get(dir, name), 'v'.repeat(700));
    t.deepEqual(listUser(dir), [name]);
  },
};
