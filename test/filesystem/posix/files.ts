import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { must, script } from '../../support/run.js';
import { codeOf, type PosixCases } from './case.js';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** Opens, runs, closes. */
export function withFile<T>(path: string, flags: number | string, use: (fd: number) => T, mode = 0o644): T {
  const fd = openSync(path, flags, mode);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Appends 500 lines of 100 equal letters, each with one write(2). */
const APPENDS = `
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
for number in range(500):
    os.write(fd, sys.argv[2].encode() * 100 + b'\\n')
`;

/** Changes a file through a shared mapping and leaves before any msync(2). */
const MAPS = `
import mmap, sys
with open(sys.argv[1], 'r+b') as file:
    memory = mmap.mmap(file.fileno(), 0)
    memory[5:10] = b'mmap!'
    memory[-1:] = b'$'
`;

/** Writes to a shared mapping through a handle that appends. */
const MAPS_APPENDING = `
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_APPEND)
with mmap.mmap(fd, 0) as memory:
    memory[0:3] = b'map'
    memory.flush()
os.close(fd)
`;

/** Takes O_APPEND off a handle, and writes in place. */
const STOPS_APPENDING = `
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_APPEND)
fcntl.fcntl(fd, fcntl.F_SETFL, 0)
os.pwrite(fd, b'put', 5)
os.close(fd)
`;

export const fileCases: PosixCases = {
  'a file reads back what was written, at any offset': (t, dir) => {
    withFile(join(dir, 'file'), 'w+', (fd) => {
      writeSync(fd, Buffer.from('0123456789'), 0, 10, 0);
      writeSync(fd, Buffer.from('abc'), 0, 3, 4);
      const middle = Buffer.alloc(20);
      t.is(readSync(fd, middle, 0, 20, 2), 8);
      t.is(middle.toString('latin1', 0, 8), '23abc789');
      t.is(readSync(fd, middle, 0, 20, 10), 0);
    });
    t.is(readFileSync(join(dir, 'file'), 'latin1'), '0123abc789');
  },

  'a file of several megabytes is whole': (t, dir) => {
    const content = Buffer.alloc(5_000_001);
    for (let at = 0; at < content.length; at += 4)
      content.writeUInt32LE((at * 2654435761) >>> 0, Math.min(at, 4_999_997));
    writeFileSync(join(dir, 'file'), content);
    t.true(readFileSync(join(dir, 'file')).equals(content));
  },

  'one handle sees at once what another wrote': (t, dir) => {
    const path = join(dir, 'file');
    withFile(path, 'w', (writer) =>
      withFile(path, 'r', (reader) => {
        for (const text of ['one', 'three', 'x']) {
          ftruncateSync(writer, 0);
          writeSync(writer, text, 0);
          t.is(fstatSync(reader).size, text.length);
          const seen = Buffer.alloc(8);
          t.is(seen.toString('latin1', 0, readSync(reader, seen, 0, 8, 0)), text);
        }
      }),
    );
  },

  'O_EXCL refuses whatever exists, a dangling symlink too': (t, dir) => {
    writeFileSync(join(dir, 'file'), 'kept');
    symlinkSync('nowhere', join(dir, 'link'));
    mkdirSync(join(dir, 'folder'));
    for (const name of ['file', 'link', 'folder'])
      t.is(
        codeOf(() => openSync(join(dir, name), O_WRONLY | O_CREAT | O_EXCL | O_TRUNC)),
        'EEXIST',
        name,
      );
    t.is(readFileSync(join(dir, 'file'), 'latin1'), 'kept');
  },

  'O_CREAT opens a file that exists and leaves its mode and content': (t, dir) => {
    writeFileSync(join(dir, 'file'), 'kept', { mode: 0o600 });
    withFile(join(dir, 'file'), O_RDWR | O_CREAT, (fd) => t.is(fstatSync(fd).size, 4), 0o777);
    t.is(statSync(join(dir, 'file')).mode & 0o7777, 0o600);
  },

  'O_CREAT through a dangling symlink makes its target': (t, dir) => {
    symlinkSync('target', join(dir, 'link'));
    withFile(join(dir, 'link'), O_WRONLY | O_CREAT, (fd) => writeSync(fd, 'new'));
    t.is(readFileSync(join(dir, 'target'), 'latin1'), 'new');
  },

  'O_TRUNC empties a file': (t, dir) => {
    writeFileSync(join(dir, 'file'), 'content');
    withFile(join(dir, 'file'), O_WRONLY | O_TRUNC, (fd) => t.is(fstatSync(fd).size, 0));
    t.is(statSync(join(dir, 'file')).size, 0);
  },

  'opens that cannot be are refused with the error of the man page': (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    mkdirSync(join(dir, 'folder'));
    symlinkSync('file', join(dir, 'link'));
    symlinkSync('loop', join(dir, 'loop'));
    const rows: [name: string, flags: number, code: string][] = [
      ['missing', O_RDONLY, 'ENOENT'],
      ['missing/file', O_WRONLY | O_CREAT, 'ENOENT'],
      ['file/below', O_WRONLY | O_CREAT, 'ENOTDIR'],
      ['file', O_RDONLY | O_DIRECTORY, 'ENOTDIR'],
      ['folder', O_WRONLY, 'EISDIR'],
      ['folder', O_RDWR | O_CREAT, 'EISDIR'],
      ['link', O_RDONLY | O_NOFOLLOW, 'ELOOP'],
      ['loop', O_RDONLY, 'ELOOP'],
    ];
    for (const [name, flags, code] of rows)
      t.is(
        codeOf(() => closeSync(openSync(join(dir, name), flags))),
        code,
        `${name} ${flags}`,
      );
  },

  'a handle only does what it was opened for': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, 'content');
    withFile(path, O_RDONLY, (fd) => {
      t.is(
        codeOf(() => writeSync(fd, 'x')),
        'EBADF',
      );
      t.is(
        codeOf(() => ftruncateSync(fd, 0)),
        'EINVAL',
      );
    });
    withFile(path, O_WRONLY, (fd) =>
      t.is(
        codeOf(() => readSync(fd, Buffer.alloc(1))),
        'EBADF',
      ),
    );
    t.is(readFileSync(path, 'latin1'), 'content');
  },

  'who makes a file may write it through the first handle, whatever its mode': (t, dir) => {
    for (const mode of [0o000, 0o400, 0o444]) {
      const path = join(dir, mode.toString(8));
      withFile(path, O_RDWR | O_CREAT | O_EXCL, (fd) => t.is(writeSync(fd, 'written'), 7), mode);
      t.is(statSync(path).mode & 0o7777, mode);
      t.is(statSync(path).size, 7);
    }
  },

  'O_APPEND writes at the end, wherever that is by now': (t, dir) => {
    const path = join(dir, 'file');
    withFile(path, O_WRONLY | O_CREAT | O_APPEND, (appender) => {
      writeSync(appender, 'one ');
      withFile(path, O_WRONLY | O_APPEND, (other) => writeSync(other, 'two '));
      writeSync(appender, 'three');
    });
    t.is(readFileSync(path, 'latin1'), 'one two three');
  },

  'two processes that append lose nothing of each other': async (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '');
    await Promise.all(['a', 'b'].map((letter) => must(['python3', '-c', APPENDS, path, letter])));
    const lines = readFileSync(path, 'latin1').split('\n').sort();
    t.deepEqual(lines, ['', ...Array(500).fill('a'.repeat(100)), ...Array(500).fill('b'.repeat(100))]);
  },

  'a mapping of a handle that appends is written in place': async (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '0123456789');
    await must(['python3', '-c', MAPS_APPENDING, path]);
    t.is(readFileSync(path, 'latin1'), 'map3456789');
  },

  'truncating shortens, and lengthens with zeros': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, 'abcdef');
    truncateSync(path, 3);
    t.is(readFileSync(path, 'latin1'), 'abc');
    truncateSync(path, 5);
    t.is(readFileSync(path, 'latin1'), 'abc\0\0');
    withFile(path, 'r+', (fd) => {
      ftruncateSync(fd, 1);
      ftruncateSync(fd, 5000);
      t.is(fstatSync(fd).size, 5000);
    });
    t.true(readFileSync(path).equals(Buffer.concat([Buffer.from('a'), Buffer.alloc(4999)])));
    t.is(
      codeOf(() => truncateSync(join(dir, 'missing'), 0)),
      'ENOENT',
    );
    t.is(
      codeOf(() => truncateSync(dir, 0)),
      'EISDIR',
    );
  },

  'an unlinked file lives for those who have it open': (t, dir) => {
    const path = join(dir, 'file');
    withFile(path, 'w+', (fd) => {
      const { ino } = fstatSync(fd);
      writeSync(fd, 'before ');
      unlinkSync(path);
      t.is(
        codeOf(() => statSync(path)),
        'ENOENT',
      );
      writeSync(fd, 'after');
      t.is(readFileSync(`/proc/self/fd/${fd}`, 'latin1'), 'before after');
      ftruncateSync(fd, 6);
      fchmodSync(fd, 0o640);
      futimesSync(fd, 1000, 2000);
      const { nlink, size, mode, mtimeMs, ino: same } = fstatSync(fd);
      t.deepEqual([nlink, size, mode & 0o7777, mtimeMs, same], [0, 6, 0o640, 2_000_000, ino]);
      // The name is free for another file.
      writeFileSync(path, 'another');
      t.not(statSync(path).ino, ino);
      t.is(readFileSync(`/proc/self/fd/${fd}`, 'latin1'), 'before');
    });
    t.is(readFileSync(path, 'latin1'), 'another');
  },

  'a file that was renamed over lives for those who have it open': (t, dir) => {
    const [old, next] = [join(dir, 'old'), join(dir, 'next')];
    writeFileSync(old, 'old content');
    writeFileSync(next, 'next content');
    withFile(old, 'r+', (fd) => {
      renameSync(next, old);
      writeSync(fd, 'OLD', 0);
      t.is(readFileSync(`/proc/self/fd/${fd}`, 'latin1'), 'OLD content');
      t.is(fstatSync(fd).nlink, 0);
    });
    t.is(readFileSync(old, 'latin1'), 'next content');
  },

  'a hundred handles of one file are independent': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, 'x'.repeat(100));
    const handles = Array.from({ length: 100 }, (_, number) => openSync(path, number % 2 === 0 ? 'r+' : 'r'));
    const letter = Buffer.alloc(1);
    for (const [number, fd] of handles.entries()) if (number % 2 === 0) writeSync(fd, 'y', number);
    for (const [number, fd] of handles.entries()) {
      readSync(fd, letter, 0, 1, number);
      t.is(letter.toString(), number % 2 === 0 ? 'y' : 'x');
    }
    for (const fd of handles) closeSync(fd);
  },

  'writes through a shared mapping are in the file': async (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, Buffer.alloc(10_000, '.'));
    await must(['python3', '-c', MAPS, path]);
    const content = readFileSync(path, 'latin1');
    t.is(content, `.....mmap!${'.'.repeat(9989)}$`);
  },

  'O_DIRECT and O_SYNC write what they are given': async (t, dir) => {
    const text = `
      head -c 16384 /dev/zero | tr '\\0' x >"$1/input"
      dd if="$1/input" of="$1/direct" bs=4096 oflag=direct status=none
      dd if="$1/input" of="$1/sync" bs=4096 oflag=sync status=none
      dd if="$1/direct" bs=4096 iflag=direct status=none | cmp - "$1/input"
      cmp "$1/sync" "$1/input"`;
    await t.notThrowsAsync(script(text, [dir]));
  },

  'fsync takes files and directories': (t, dir) => {
    withFile(join(dir, 'file'), 'w', (fd) => t.notThrows(() => fsyncSync(fd)));
    withFile(dir, O_RDONLY | O_DIRECTORY, (fd) => t.notThrows(() => fsyncSync(fd)));
  },

  'a program can be run from it': async (t, dir) => {
    writeFileSync(join(dir, 'program'), '#!/bin/sh\necho "ran $1"\n', { mode: 0o755 });
    t.is(await must([join(dir, 'program'), 'well']), 'ran well');
    await must(['cp', '/bin/echo', join(dir, 'echo')]);
    t.is(await must([join(dir, 'echo'), 'binary']), 'binary');
  },
};

/** What the kernel does not do for a file that it reads and writes itself. */
export const requestCases: PosixCases = {
  // With passthrough the kernel opens the backing file with the flags of the open, and goes by those for good.
  'a handle from which O_APPEND was taken writes in place': async (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '0123456789');
    await must(['python3', '-c', STOPS_APPENDING, path]);
    t.is(readFileSync(path, 'latin1'), '01234put89');
  },
};
