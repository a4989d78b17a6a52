import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { AT_FDCWD, AT_SYMLINK_FOLLOW, cstr, native } from '../../../src/syscalls/index.js';
import { codeOf, type PosixCases, resultOf } from './case.js';
import { withFile } from './files.js';

export const linkCases: PosixCases = {
  'hard links are one file': (t, dir) => {
    mkdirSync(join(dir, 'folder'));
    const names = ['one', 'two', 'folder/three'].map((name) => join(dir, name));
    const [one = '', two = '', three = ''] = names;
    writeFileSync(one, 'content');
    linkSync(one, two);
    linkSync(two, three);
    const stats = names.map((name) => statSync(name));
    t.deepEqual(
      stats.map(({ ino, nlink }) => [ino, nlink]),
      Array(3).fill([stats[0]?.ino, 3]),
    );
    writeFileSync(three, 'changed');
    t.is(readFileSync(one, 'latin1'), 'changed');
    unlinkSync(one);
    t.is(statSync(two).nlink, 2);
    unlinkSync(two);
    t.is(readFileSync(three, 'latin1'), 'changed');
    t.is(statSync(three).nlink, 1);
  },

  'a file has all its names while its handle is open': (t, dir) => {
    const path = (name: string) => join(dir, name);
    withFile(path('one'), 'w+', (fd) => {
      linkSync(path('one'), path('two'));
      unlinkSync(path('one'));
      writeFileSync(fd, 'by handle');
      t.is(readFileSync(path('two'), 'latin1'), 'by handle');
      linkSync(path('two'), path('one'));
      unlinkSync(path('two'));
      t.is(statSync(path('one')).nlink, 1);
    });
    t.is(readFileSync(path('one'), 'latin1'), 'by handle');
  },

  'links are refused with the error of the man page': (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    mkdirSync(join(dir, 'folder'));
    const rows: Record<string, [() => unknown, string]> = {
      'link of a directory': [() => linkSync(join(dir, 'folder'), join(dir, 'new')), 'EPERM'],
      'link over a file': [() => linkSync(join(dir, 'file'), join(dir, 'file')), 'EEXIST'],
      'link of nothing': [() => linkSync(join(dir, 'missing'), join(dir, 'new')), 'ENOENT'],
      'symlink over a file': [() => symlinkSync('x', join(dir, 'file')), 'EEXIST'],
      'readlink of a file': [() => readlinkSync(join(dir, 'file')), 'EINVAL'],
      'readlink of a directory': [() => readlinkSync(join(dir, 'folder')), 'EINVAL'],
      'an empty target': [() => symlinkSync('', join(dir, 'new')), 'ENOENT'],
    };
    for (const [title, [action, code]] of Object.entries(rows)) t.is(codeOf(action), code, title);
  },

  'link follows a symlink only when asked': (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    symlinkSync('file', join(dir, 'link'));
    const link = (name: string, flags: number) =>
      resultOf(native.linkat(AT_FDCWD, cstr(join(dir, 'link')), AT_FDCWD, cstr(join(dir, name)), flags));
    t.is(link('of the link', 0), 0);
    t.is(link('of the file', AT_SYMLINK_FOLLOW), 0);
    t.is(lstatSync(join(dir, 'of the link')).ino, lstatSync(join(dir, 'link')).ino);
    t.is(lstatSync(join(dir, 'of the file')).ino, lstatSync(join(dir, 'file')).ino);
  },

  'a file can be linked by its open handle': (t, dir) => {
    withFile(join(dir, 'file'), 'w', (fd) => {
      const result = native.linkat(
        AT_FDCWD,
        cstr(`/proc/self/fd/${fd}`),
        AT_FDCWD,
        cstr(join(dir, 'again')),
        AT_SYMLINK_FOLLOW,
      );
      t.is(resultOf(result), 0);
    });
    t.is(statSync(join(dir, 'again')).nlink, 2);
  },

  'symlinks hold any target': (t, dir) => {
    const targets = [
      'x',
      '/absolute/no where',
      '../up',
      'x'.repeat(59),
      'x'.repeat(60),
      'y'.repeat(4000),
      'z'.repeat(4095),
    ];
    for (const [index, target] of targets.entries()) {
      const path = join(dir, String(index));
      symlinkSync(target, path);
      t.is(readlinkSync(path), target);
      t.is(lstatSync(path).size, target.length);
      t.true(lstatSync(path).isSymbolicLink());
    }
    const odd = Buffer.from([0xff, 0x0a, 0x22, 0xc3]);
    symlinkSync(odd, join(dir, 'odd'));
    t.deepEqual(readlinkSync(join(dir, 'odd'), { encoding: 'buffer' }), odd);
    t.is(
      codeOf(() => symlinkSync('x'.repeat(4096), join(dir, 'too long'))),
      'ENAMETOOLONG',
    );
  },

  'symlinks are followed, in the middle of paths too': (t, dir) => {
    mkdirSync(join(dir, 'folder'));
    writeFileSync(join(dir, 'folder/file'), 'content');
    symlinkSync('folder', join(dir, 'short'));
    symlinkSync('short/file', join(dir, 'long'));
    t.is(readFileSync(join(dir, 'long'), 'latin1'), 'content');
    t.is(readFileSync(join(dir, 'short/../short/file'), 'latin1'), 'content');
    unlinkSync(join(dir, 'short'));
    t.false(existsSync(join(dir, 'long')));
    t.true(existsSync(join(dir, 'folder/file')));
  },
};
