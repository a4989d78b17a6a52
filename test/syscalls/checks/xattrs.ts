import {
  cstr,
  E2BIG,
  EBADF,
  EEXIST,
  ENODATA,
  ENOENT,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  type Native,
} from '../../../src/syscalls/index.js';
import { type Check, isRoot, noFd, type Place } from './check.js';

const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;
const name = cstr('user.note');
const follows = { getxattr: true, setxattr: true, listxattr: true, removexattr: true } as const;

function getting(get: 'getxattr' | 'lgetxattr'): Check {
  return ({ native, at }, is) => {
    native.setxattr(at('file'), name, Buffer.from('a\0b'), 0);
    const value = Buffer.alloc(10, '.');
    is([native[get](at('file'), name, value), value.toString('latin1', 0, 4)], [3, 'a\0b.'], 'a value');
    is(native[get](at('file'), name, Buffer.alloc(0)), 3, 'an empty buffer asks for the length');
    is(native[get](at('file'), name, Buffer.alloc(2)), -ERANGE, 'a short buffer');
    is(native[get](at('file'), cstr('user.absent'), value), -ENODATA, 'an absent one');
    is(native[get](at('missing'), name, value), -ENOENT, 'of nothing');
    const ofLink = get in follows ? 3 : -ENODATA;
    is(native[get](at('link'), name, value), ofLink, 'of a symlink');
  };
}

function setting(set: 'setxattr' | 'lsetxattr'): Check {
  return ({ native, at }, is) => {
    const put = (path: string, text: string, flags: number) => native[set](at(path), name, Buffer.from(text), flags);
    const stored = () => {
      const value = Buffer.alloc(10);
      return value.toString('latin1', 0, native.getxattr(at('file'), name, value));
    };
    is(put('file', 'x', XATTR_REPLACE), -ENODATA, 'XATTR_REPLACE of an absent one');
    is([put('file', 'one', XATTR_CREATE), stored()], [0, 'one'], 'XATTR_CREATE');
    is(put('file', 'x', XATTR_CREATE), -EEXIST, 'XATTR_CREATE of a present one');
    is([put('file', '', 0), stored()], [0, ''], 'an empty value');
    is(native[set](at('file'), name, Buffer.alloc(65537), 0), -E2BIG, 'a value above 64 KiB');
    is(native[set](at('file'), cstr('note'), Buffer.from('x'), 0), -EOPNOTSUPP, 'a name without a namespace');
    is(put('link', 'two', 0), set in follows ? 0 : -EPERM, 'of a symlink');
    is(stored(), set in follows ? 'two' : '', 'its target');
  };
}

function listing(list: 'listxattr' | 'llistxattr'): Check {
  return ({ native, at }, is) => {
    // Whatever the system adds of its own (a security label) stands there before.
    const before = native[list](at('file'), Buffer.alloc(0));
    native.setxattr(at('file'), name, Buffer.from('x'), 0);
    const names = Buffer.alloc(1000);
    const length = native[list](at('file'), names);
    is(length, before + name.length, 'the length');
    is(names.toString('latin1', 0, length).split('\0').includes('user.note'), true, 'the name');
    is(native[list](at('file'), Buffer.alloc(2)), -ERANGE, 'a short buffer');
    is(native[list](at('missing'), names), -ENOENT, 'of nothing');
    is(native[list](at('link'), Buffer.alloc(0)) === length, list in follows, 'of a symlink');
  };
}

function removing(remove: 'removexattr' | 'lremovexattr'): Check {
  return ({ native, at }, is) => {
    native.setxattr(at('file'), name, Buffer.from('x'), 0);
    // Who may not even remove a user xattr of a symlink is told so, whether there is one or not.
    if (!(remove in follows)) is(native[remove](at('link'), name), -EPERM, 'of a symlink');
    is(native[remove](at(remove in follows ? 'link' : 'file'), name), 0, 'a present one');
    is(native[remove](at('file'), name), -ENODATA, 'an absent one');
    is(native[remove](at('missing'), name), -ENOENT, 'of nothing');
  };
}

/** `trusted.` names exist for root only. */
function trusted({ native, at }: Place, is: (actual: unknown, expected: unknown, what: string) => void): void {
  is(
    native.lsetxattr(at('link'), cstr('trusted.note'), Buffer.from('x'), 0),
    isRoot ? 0 : -EPERM,
    'trusted, of a symlink',
  );
}

/** xattr(7): the functions without an l follow symlinks, the others do not. */
export const xattrChecks = {
  getxattr: getting('getxattr'),
  lgetxattr: getting('lgetxattr'),
  setxattr: setting('setxattr'),
  lsetxattr: (place, is) => {
    setting('lsetxattr')(place, is);
    trusted(place, is);
  },
  fsetxattr: ({ native, at, open }, is) => {
    const put = (fd: number, text: string, flags: number) => native.fsetxattr(fd, name, Buffer.from(text), flags);
    const file = open('file', 'r');
    is(put(file, 'x', XATTR_REPLACE), -ENODATA, 'XATTR_REPLACE of an absent one');
    const value = Buffer.alloc(10);
    is([put(file, 'one', XATTR_CREATE), native.getxattr(at('file'), name, value)], [0, 3], 'XATTR_CREATE');
    is(value.toString('latin1', 0, 3), 'one', 'the value');
    is(put(file, 'x', XATTR_CREATE), -EEXIST, 'XATTR_CREATE of a present one');
    is(put(noFd, 'x', 0), -EBADF, 'no descriptor');
  },
  listxattr: listing('listxattr'),
  llistxattr: listing('llistxattr'),
  flistxattr: ({ native, at, open }, is) => {
    const file = open('file', 'r');
    const before = native.flistxattr(file, Buffer.alloc(0));
    native.setxattr(at('file'), name, Buffer.from('x'), 0);
    const names = Buffer.alloc(1000);
    const length = native.flistxattr(file, names);
    is(length, before + name.length, 'the length');
    is(names.toString('latin1', 0, length).split('\0').includes('user.note'), true, 'the name');
    is(native.flistxattr(file, Buffer.alloc(1)), -ERANGE, 'a buffer that is too short');
    is(native.flistxattr(noFd, names), -EBADF, 'no descriptor');
  },
  removexattr: removing('removexattr'),
  lremovexattr: removing('lremovexattr'),
} as const satisfies Partial<Record<keyof Native, Check>>;
