import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { AT_FDCWD, cstr, native, RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../../src/syscalls/index.js';
import { codeOf, type PosixCases, resultOf } from './case.js';
import { withFile } from './files.js';

/** A path whose last part is bytes. */
function bytes(dir: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${dir}/`), name]);
}

function rename2(dir: string, from: string, to: string, flags: number): string | number {
  return resultOf(native.renameat2(AT_FDCWD, cstr(join(dir, from)), AT_FDCWD, cstr(join(dir, to)), flags));
}

/** Files `a` and `b`, directories `empty` and `full` (with `inner`), each file with its name as content. */
function furnish(dir: string): void {
  for (const name of ['a', 'b']) writeFileSync(join(dir, name), name);
  mkdirSync(join(dir, 'empty'));
  mkdirSync(join(dir, 'full'));
  writeFileSync(join(dir, 'full/inner'), 'inner');
}

export const nameCases: PosixCases = {
  'names are bytes: whatever has neither slash nor NUL': (t, dir) => {
    const everyByte = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1).filter((byte) => byte !== 0x2f));
    const names = [
      everyByte.subarray(0, 127),
      everyByte.subarray(127),
      Buffer.from('\n'),
      Buffer.from('-rf'),
      Buffer.from('# not a comment'),
      Buffer.from('...'),
      Buffer.from(' '),
      Buffer.from([0xff, 0xfe, 0xc3]),
      Buffer.from('\u00fc'),
      Buffer.from('u\u0308'),
    ];
    for (const [index, name] of names.entries()) writeFileSync(bytes(dir, name), String(index));
    for (const [index, name] of names.entries()) t.is(readFileSync(bytes(dir, name), 'latin1'), String(index));
    const listed = readdirSync(dir, { encoding: 'buffer' }) as Buffer[];
    t.deepEqual(listed.sort(Buffer.compare), [...names].sort(Buffer.compare));
    for (const name of names) unlinkSync(bytes(dir, name));
    t.deepEqual(readdirSync(dir), []);
  },

  'a name may have 255 bytes in every operation': (t, dir) => {
    const name = (letter: string) => join(dir, letter.repeat(255));
    writeFileSync(name('f'), 'content');
    mkdirSync(name('d'));
    linkSync(name('f'), name('l'));
    symlinkSync('x', name('s'));
    renameSync(name('f'), name('r'));
    t.is(readFileSync(name('r'), 'latin1'), 'content');
    t.deepEqual(
      readdirSync(dir).sort(),
      ['d', 'l', 'r', 's'].map((letter) => letter.repeat(255)),
    );
  },

  'a name of 256 bytes is refused by every operation': (t, dir) => {
    const long = join(dir, 'x'.repeat(256));
    writeFileSync(join(dir, 'file'), '');
    const rows: Record<string, () => unknown> = {
      create: () => writeFileSync(long, ''),
      stat: () => statSync(long),
      mkdir: () => mkdirSync(long),
      link: () => linkSync(join(dir, 'file'), long),
      symlink: () => symlinkSync('x', long),
      rename: () => renameSync(join(dir, 'file'), long),
      unlink: () => unlinkSync(long),
    };
    for (const [title, action] of Object.entries(rows)) t.is(codeOf(action), 'ENAMETOOLONG', title);
    t.deepEqual(readdirSync(dir), ['file']);
  },

  'renaming succeeds or is refused by what stands at both names': (t, dir) => {
    const rows: [from: string, to: string, result: string][] = [
      ['a', 'new', 'no error'],
      ['a', 'b', 'no error'],
      ['a', 'a', 'no error'],
      ['a', 'full/moved', 'no error'],
      ['a', 'full/inner', 'no error'],
      ['full', 'empty', 'no error'],
      ['full', 'empty/below', 'no error'],
      ['empty', 'full', 'ENOTEMPTY'],
      ['a', 'empty', 'EISDIR'],
      ['empty', 'a', 'ENOTDIR'],
      ['full', 'full/below', 'EINVAL'],
      ['full', 'full/inner/below', 'ENOTDIR'],
      ['missing', 'new', 'ENOENT'],
      ['missing', 'a', 'ENOENT'],
      ['a', 'missing/new', 'ENOENT'],
      ['a/', 'new', 'ENOTDIR'],
    ];
    for (const [index, [from, to, result]] of rows.entries()) {
      const place = join(dir, String(index));
      mkdirSync(place);
      furnish(place);
      const { ino } = from === 'missing' ? { ino: 0 } : statSync(join(place, from.replace('/', '')));
      t.is(
        codeOf(() => renameSync(`${place}/${from}`, join(place, to))),
        result,
        `${from} to ${to}`,
      );
      if (result === 'no error') t.is(statSync(join(place, to)).ino, ino, `${from} to ${to}`);
      if (result === 'no error' && from !== to) t.false(readdirSync(place).includes(from));
    }
  },

  'a renamed directory takes everything in it along': (t, dir) => {
    furnish(dir);
    mkdirSync(join(dir, 'full/deep/deeper'), { recursive: true });
    withFile(join(dir, 'full/deep/deeper/file'), 'w+', (fd) => {
      renameSync(join(dir, 'full'), join(dir, 'empty/moved'));
      writeFileSync(fd, 'written after the move');
      t.is(readFileSync(join(dir, 'empty/moved/deep/deeper/file'), 'latin1'), 'written after the move');
    });
    t.is(
      codeOf(() => statSync(join(dir, 'full/deep'))),
      'ENOENT',
    );
    renameSync(join(dir, 'empty/moved/deep'), join(dir, 'deep'));
    t.deepEqual(readdirSync(join(dir, 'deep/deeper')), ['file']);
    t.is(statSync(join(dir, 'deep/..')).ino, statSync(dir).ino);
  },

  'renaming one hard link over another does nothing': (t, dir) => {
    furnish(dir);
    linkSync(join(dir, 'a'), join(dir, 'twin'));
    renameSync(join(dir, 'a'), join(dir, 'twin'));
    t.deepEqual([statSync(join(dir, 'a')).nlink, statSync(join(dir, 'twin')).nlink], [2, 2]);
    renameSync(join(dir, 'twin'), join(dir, 'full/twin'));
    unlinkSync(join(dir, 'a'));
    t.is(readFileSync(join(dir, 'full/twin'), 'latin1'), 'a');
  },

  'RENAME_NOREPLACE takes only a free name': (t, dir) => {
    furnish(dir);
    symlinkSync('nowhere', join(dir, 'dangling'));
    for (const name of ['b', 'empty', 'dangling', 'a']) t.is(rename2(dir, 'a', name, RENAME_NOREPLACE), 'EEXIST', name);
    t.is(rename2(dir, 'a', 'full/free', RENAME_NOREPLACE), 0);
    t.is(readFileSync(join(dir, 'full/free'), 'latin1'), 'a');
  },

  'RENAME_EXCHANGE changes the places of any two objects': (t, dir) => {
    furnish(dir);
    t.is(rename2(dir, 'a', 'full', RENAME_EXCHANGE), 0);
    t.is(readFileSync(join(dir, 'full'), 'latin1'), 'a');
    t.is(readFileSync(join(dir, 'a/inner'), 'latin1'), 'inner');
    t.is(rename2(dir, 'b', 'a/inner', RENAME_EXCHANGE), 0);
    t.is(readFileSync(join(dir, 'b'), 'latin1'), 'inner');
    t.is(readFileSync(join(dir, 'a/inner'), 'latin1'), 'b');
    symlinkSync('target', join(dir, 'link'));
    t.is(rename2(dir, 'link', 'empty', RENAME_EXCHANGE), 0);
    t.true(lstatSync(join(dir, 'empty')).isSymbolicLink());
    t.true(statSync(join(dir, 'link')).isDirectory());
  },

  'renameat2 refuses what it cannot do': (t, dir) => {
    furnish(dir);
    t.is(rename2(dir, 'a', 'missing', RENAME_EXCHANGE), 'ENOENT');
    t.is(rename2(dir, 'full', 'full/inner', RENAME_EXCHANGE), 'EINVAL');
    t.is(rename2(dir, 'a', 'b', RENAME_EXCHANGE | RENAME_NOREPLACE), 'EINVAL');
    t.is(rename2(dir, 'a', 'b', 1 << 30), 'EINVAL');
    t.deepEqual(readdirSync(dir).sort(), ['a', 'b', 'empty', 'full']);
  },

  'a name that was looked for in vain is there as soon as it is made': (t, dir) => {
    for (let round = 0; round < 50; round++) {
      const path = join(dir, `file ${round % 3}`);
      t.is(
        codeOf(() => statSync(path)),
        'ENOENT',
      );
      writeFileSync(path, String(round));
      t.is(readFileSync(path, 'latin1'), String(round));
      unlinkSync(path);
    }
  },
};
