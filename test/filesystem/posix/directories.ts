import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  cstr,
  dirent64,
  native,
  O_DIRECTORY,
  O_RDONLY,
  SEEK_SET,
} from '../../../src/syscalls/index.js';
import { script } from '../../support/run.js';
import { codeOf, type PosixCases, resultOf } from './case.js';

interface Entry {
  readonly name: string;
  readonly type: number;
  /** Where the stream goes on behind this entry. */
  readonly next: bigint;
}

/** What one getdents64(2) returns; [] at the end. */
function readSome(fd: number, bytes: number): Entry[] {
  const buffer = Buffer.alloc(bytes);
  const filled = native.getdents64(fd, buffer);
  const entries: Entry[] = [];
  for (let at = 0; at < filled; at += buffer.readUInt16LE(at + dirent64.length)) {
    const start = at + dirent64.name;
    const name = buffer.toString('latin1', start, buffer.indexOf(0, start));
    entries.push({ name, type: buffer[at + dirent64.type] ?? -1, next: buffer.readBigInt64LE(at + dirent64.offset) });
  }
  return entries;
}

/** All of a stream, from where it is. */
function readAll(fd: number, bytes = 4096): Entry[] {
  const entries: Entry[] = [];
  for (let some = readSome(fd, bytes); some.length > 0; some = readSome(fd, bytes)) entries.push(...some);
  return entries;
}

function withDirectory<T>(dir: string, use: (fd: number) => T): T {
  const fd = openSync(dir, O_RDONLY | O_DIRECTORY);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes so many files and returns their names, sorted. */
function makeFiles(dir: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, number) => `file ${number}`);
  for (const name of names) writeFileSync(join(dir, name), '');
  return names.sort();
}

const namesOf = (entries: readonly Entry[]) => entries.map(({ name }) => name);

export const directoryCases: PosixCases = {
  'directories are made and removed, and the parent counts them': (t, dir) => {
    const before = statSync(dir).nlink;
    mkdirSync(join(dir, 'folder'), { mode: 0o750 });
    const { mode, nlink } = statSync(join(dir, 'folder'));
    t.deepEqual([mode, nlink, statSync(dir).nlink - before], [0o40750, 2, 1]);
    rmdirSync(join(dir, 'folder'));
    t.is(statSync(dir).nlink, before);
    t.false(existsSync(join(dir, 'folder')));
  },

  'directory operations are refused with the error of the man page': (t, dir) => {
    mkdirSync(join(dir, 'full/inner'), { recursive: true });
    writeFileSync(join(dir, 'file'), '');
    symlinkSync('full', join(dir, 'link'));
    const rows: Record<string, [() => unknown, string]> = {
      'mkdir over a file': [() => mkdirSync(join(dir, 'file')), 'EEXIST'],
      'mkdir over a directory': [() => mkdirSync(join(dir, 'full')), 'EEXIST'],
      'mkdir over a symlink': [() => mkdirSync(join(dir, 'link')), 'EEXIST'],
      'mkdir below a file': [() => mkdirSync(join(dir, 'file/folder')), 'ENOTDIR'],
      'mkdir below nothing': [() => mkdirSync(join(dir, 'missing/folder')), 'ENOENT'],
      'rmdir of a full directory': [() => rmdirSync(join(dir, 'full')), 'ENOTEMPTY'],
      'rmdir of a file': [() => rmdirSync(join(dir, 'file')), 'ENOTDIR'],
      'rmdir of a symlink': [() => rmdirSync(join(dir, 'link')), 'ENOTDIR'],
      'rmdir of nothing': [() => rmdirSync(join(dir, 'missing')), 'ENOENT'],
      'unlink of a directory': [() => unlinkSync(join(dir, 'full')), 'EISDIR'],
      'unlink of nothing': [() => unlinkSync(join(dir, 'missing')), 'ENOENT'],
    };
    for (const [title, [action, code]] of Object.entries(rows)) t.is(codeOf(action), code, title);
  },

  'a listing of 5,000 names is complete and says each once': (t, dir) => {
    const names = makeFiles(dir, 5000);
    t.deepEqual(readdirSync(dir).sort(), names);
    withDirectory(dir, (fd) => t.deepEqual(namesOf(readAll(fd, 1000)).sort(), ['.', '..', ...names]));
    t.true(readdirSync(dir, { withFileTypes: true }).every((entry) => entry.isFile()));
    t.true(names.every((name) => statSync(join(dir, name)).isFile()));
  },

  'a listing can be continued behind any entry': (t, dir) => {
    makeFiles(dir, 300);
    withDirectory(dir, (fd) => {
      const all = readAll(fd);
      t.is(all.length, 302);
      for (const index of [0, 1, 150, 299, 301]) {
        native.lseek(fd, all[index]?.next ?? 0n, SEEK_SET);
        t.deepEqual(namesOf(readAll(fd)), namesOf(all.slice(index + 1)), `behind entry ${index}`);
      }
    });
  },

  'a listing from its beginning shows what was made since': (t, dir) => {
    makeFiles(dir, 3);
    withDirectory(dir, (fd) => {
      t.is(readAll(fd).length, 5);
      writeFileSync(join(dir, 'new'), '');
      t.deepEqual(readAll(fd), []);
      native.lseek(fd, 0, SEEK_SET);
      t.true(namesOf(readAll(fd)).includes('new'));
    });
  },

  // As git does: the end of a listing comes after those of the folders in it. ext4 finds nothing with a descriptor that
  // was read at the end at first and then from the start.
  'a listing is whole although the one before ended after another': (t, dir) => {
    const [outer, inner] = [join(dir, 'outer'), join(dir, 'outer/inner')];
    mkdirSync(inner, { recursive: true });
    for (let round = 0; round < 20; round++) {
      withDirectory(outer, (fd) => {
        t.is(readSome(fd, 32_768).length, 3 + round);
        t.deepEqual(readdirSync(inner), []);
        t.deepEqual(readSome(fd, 32_768), []);
      });
      writeFileSync(join(outer, `new ${round}`), '');
      t.is(readdirSync(outer).length, 2 + round);
    }
  },

  'removing what was listed does not disturb the listing': (t, dir) => {
    const names = makeFiles(dir, 1000);
    const removed: string[] = [];
    withDirectory(dir, (fd) => {
      for (let some = readSome(fd, 1024); some.length > 0; some = readSome(fd, 1024)) {
        for (const name of namesOf(some)) {
          if (name.startsWith('.')) continue;
          unlinkSync(join(dir, name));
          removed.push(name);
        }
      }
    });
    t.deepEqual(removed.sort(), names);
    t.deepEqual(readdirSync(dir), []);
  },

  'a listing tells each type': async (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    mkdirSync(join(dir, 'folder'));
    symlinkSync('file', join(dir, 'link'));
    await script('mkfifo "$1/fifo"', [dir]);
    const kinds = readdirSync(dir, { withFileTypes: true }).map((entry) => [
      entry.name,
      entry.isFile(),
      entry.isDirectory(),
      entry.isSymbolicLink(),
      entry.isFIFO(),
    ]);
    t.deepEqual(kinds.sort(), [
      ['fifo', false, false, false, true],
      ['file', true, false, false, false],
      ['folder', false, true, false, false],
      ['link', false, false, true, false],
    ]);
  },

  'a directory that was removed can still be looked at, and nothing can be made in it': async (t, dir) => {
    const text = `
      mkdir "$1/gone"
      cd "$1/gone"
      rmdir "$1/gone"
      stat -c %h .
      ! touch file 2>/dev/null
      ! mkdir folder 2>/dev/null
      ls -a`;
    t.is(await script(text, [dir]), '0');
  },

  'a tree may be deeper than any path is long': (t, dir) => {
    const name = cstr('a name of some length');
    const depth = 400;
    const descend = (fd: number, make: boolean): number => {
      const made = make ? native.mkdirat(fd, name, 0o755) : 0;
      const next = made < 0 ? made : native.openat(fd, name, O_RDONLY | O_DIRECTORY, 0);
      native.close(fd);
      return next;
    };
    let fd = native.openat(AT_FDCWD, cstr(dir), O_RDONLY | O_DIRECTORY, 0);
    for (let level = 0; level < depth; level++) fd = descend(fd, true);
    t.true(fd > 0, String(resultOf(fd)));
    t.is(resultOf(native.mkdirat(fd, cstr('deepest'), 0o755)), 0);
    t.is(resultOf(native.unlinkat(fd, cstr('deepest'), AT_REMOVEDIR)), 0);
    native.close(fd);
    fd = native.openat(AT_FDCWD, cstr(dir), O_RDONLY | O_DIRECTORY, 0);
    for (let level = 0; level < depth; level++) fd = descend(fd, false);
    t.deepEqual(namesOf(readAll(fd)).sort(), ['.', '..']);
    native.close(fd);
  },
};
