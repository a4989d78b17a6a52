import {
  chmodSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  cstr,
  native,
  S_IFIFO,
  S_IFREG,
  UTIME_NOW,
  UTIME_OMIT,
} from '../../../src/syscalls/index.js';
import { must, script } from '../../support/run.js';
import { type PosixCases, resultOf } from './case.js';
import { withFile } from './files.js';

type Time = readonly [seconds: bigint, nanoseconds: number];

function setTimes(path: string, atime: Time, mtime: Time, flags = 0): string | number {
  const times = Buffer.alloc(32);
  for (const [index, [seconds, nanoseconds]] of [atime, mtime].entries()) {
    times.writeBigInt64LE(seconds, index * 16);
    times.writeUInt32LE(nanoseconds, index * 16 + 8);
  }
  return resultOf(native.utimensat(AT_FDCWD, cstr(path), times, flags));
}

const nanoseconds = ([seconds, rest]: Time) => seconds * 1_000_000_000n + BigInt(rest);

export const attributeCases: PosixCases = {
  'chmod sets every bit of a file and a directory': (t, dir) => {
    writeFileSync(join(dir, 'file'), '');
    mkdirSync(join(dir, 'folder'));
    for (const mode of [0o000, 0o400, 0o644, 0o777, 0o1755, 0o2755, 0o4755, 0o7777]) {
      for (const name of ['file', 'folder']) {
        chmodSync(join(dir, name), mode);
        t.is(statSync(join(dir, name)).mode & 0o7777, mode, `${name} ${mode.toString(8)}`);
      }
    }
    withFile(join(dir, 'file'), 'r', (fd) => fchmodSync(fd, 0o640));
    t.is(statSync(join(dir, 'file')).mode & 0o7777, 0o640);
  },

  'the umask takes its bits from whatever is made': async (t, dir) => {
    const text = `
      cd "$1"
      umask "$2"
      touch file
      mkdir folder
      mkfifo fifo
      stat -c '%a' file folder fifo | paste -sd ' '
      rm -r file folder fifo`;
    const rows: [umask: string, modes: string][] = [
      ['000', '666 777 666'],
      ['022', '644 755 644'],
      ['077', '600 700 600'],
      ['777', '0 0 0'],
    ];
    for (const [umask, modes] of rows) t.is(await script(text, [dir, umask]), modes, umask);
  },

  'times are kept to the nanosecond, before 1970 and after 2038 too': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '');
    const times: Time[] = [
      [0n, 0],
      [1n, 1],
      [1_600_000_000n, 123_456_789],
      [-1n, 999_999_999],
      [-86_400n * 365n, 5],
      [2n ** 32n + 7n, 999_999_999],
    ];
    for (const [index, mtime] of times.entries()) {
      const atime = times[times.length - 1 - index] ?? mtime;
      t.is(setTimes(path, atime, mtime), 0);
      const { atimeNs, mtimeNs } = statSync(path, { bigint: true });
      t.deepEqual([atimeNs, mtimeNs], [nanoseconds(atime), nanoseconds(mtime)]);
    }
  },

  'UTIME_OMIT leaves a time and UTIME_NOW takes the present': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '');
    setTimes(path, [1000n, 1], [2000n, 2]);
    t.is(setTimes(path, [0n, UTIME_OMIT], [3000n, 3]), 0);
    t.is(statSync(path, { bigint: true }).atimeNs, 1_000_000_000_001n);
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    t.is(setTimes(path, [0n, UTIME_NOW], [0n, UTIME_OMIT]), 0);
    const { atimeNs, mtimeNs } = statSync(path, { bigint: true });
    t.true(atimeNs > before);
    t.is(mtimeNs, 3_000_000_000_003n);
  },

  'a symlink has times of its own': (t, dir) => {
    const [file, link] = [join(dir, 'file'), join(dir, 'link')];
    writeFileSync(file, '');
    symlinkSync('file', link);
    utimesSync(file, 5, 6);
    t.is(setTimes(link, [7n, 8], [9n, 10], AT_SYMLINK_NOFOLLOW), 0);
    t.is(lstatSync(link, { bigint: true }).mtimeNs, 9_000_000_010n);
    t.is(statSync(link).mtimeMs, 6000);
  },

  'writing moves mtime, chmod moves only ctime': (t, dir) => {
    const path = join(dir, 'file');
    writeFileSync(path, '');
    setTimes(path, [1000n, 0], [1000n, 0]);
    const before = statSync(path, { bigint: true }).ctimeNs;
    chmodSync(path, 0o600);
    const { ctimeNs, mtimeNs } = statSync(path, { bigint: true });
    t.true(ctimeNs >= before);
    t.is(mtimeNs, 1_000_000_000_000n);
    writeFileSync(path, 'x', { flag: 'a' });
    t.true(statSync(path, { bigint: true }).mtimeNs >= before);
  },

  'making and removing names moves the mtime of their directory': (t, dir) => {
    const actions: Record<string, () => void> = {
      create: () => writeFileSync(join(dir, 'file'), ''),
      mkdir: () => mkdirSync(join(dir, 'folder')),
      symlink: () => symlinkSync('x', join(dir, 'link')),
      unlink: () => rmSync(join(dir, 'file')),
    };
    for (const [title, action] of Object.entries(actions)) {
      t.is(setTimes(dir, [1000n, 0], [1000n, 0]), 0);
      action();
      t.true(statSync(dir).mtimeMs > 1_000_000, title);
    }
  },

  'a fifo joins two processes': async (t, dir) => {
    const text = `
      mkfifo "$1/fifo"
      echo 'through the fifo' >"$1/fifo" &
      cat "$1/fifo"
      wait`;
    t.is(await script(text, [dir]), 'through the fifo');
    t.true(lstatSync(join(dir, 'fifo')).isFIFO());
  },

  'mknod makes regular files and fifos': (t, dir) => {
    for (const [name, kind] of [
      ['file', S_IFREG],
      ['fifo', S_IFIFO],
    ] as const) {
      t.is(resultOf(native.mknodat(AT_FDCWD, cstr(join(dir, name)), kind | 0o600, 0, 0)), 0);
      t.is(lstatSync(join(dir, name)).mode, kind | 0o600);
      t.is(resultOf(native.mknodat(AT_FDCWD, cstr(join(dir, name)), kind | 0o600, 0, 0)), 'EEXIST');
    }
    writeFileSync(join(dir, 'file'), 'content');
    t.is(readFileSync(join(dir, 'file'), 'latin1'), 'content');
  },

  'a socket is bound and connected to': async (t, dir) => {
    // Relative: the kernel takes 108 bytes.
    const path = relative(process.cwd(), join(dir, 'socket'));
    const server = createServer((socket) => socket.end('served'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    t.true(lstatSync(path).isSocket());
    const client =
      'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(9).decode())';
    t.is(await must(['python3', '-c', client, path], { cwd: process.cwd() }), 'served');
    server.close();
  },
};
