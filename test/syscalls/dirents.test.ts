import { closeSync, mkdirSync, openSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  AT_FDCWD,
  cstr,
  type Dirent,
  DT_DIR,
  DT_FIFO,
  DT_LNK,
  DT_REG,
  isDots,
  listDirectory,
  native,
  S_IFIFO,
  SystemError,
} from '../../src/syscalls/index.js';
import { makeWork } from '../support/work.js';

function list(t: ExecutionContext, path: string): Dirent[] {
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  return listDirectory(fd).sort((one, other) => Buffer.compare(one.name, other.name));
}

test('a listing gives name, type and inode of each entry, without the dots', (t) => {
  const work = makeWork(t);
  writeFileSync(join(work, 'file'), '');
  mkdirSync(join(work, 'folder'));
  symlinkSync('file', join(work, 'link'));
  native.mknodat(AT_FDCWD, cstr(join(work, 'fifo')), S_IFIFO | 0o600, 0, 0);
  const entries = list(t, work);
  t.deepEqual(
    entries.map(({ name, type }) => [name.toString(), type]),
    [
      ['fifo', DT_FIFO],
      ['file', DT_REG],
      ['folder', DT_DIR],
      ['link', DT_LNK],
    ],
  );
  t.is(entries[1]?.ino, statSync(join(work, 'file'), { bigint: true }).ino);
});

test('names are bytes', (t) => {
  const work = makeWork(t);
  const names = ['...', '.x', '..x', '\n', '\xff\xfe', 'x'.repeat(255), '\x01'].map((name) =>
    Buffer.from(name, 'latin1'),
  );
  for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${work}/`), name]), '');
  t.deepEqual(
    list(t, work).map(({ name }) => name),
    names.sort(Buffer.compare),
  );
});

test('a listing is longer than its buffer, and starts at the beginning each time', (t) => {
  const work = makeWork(t);
  const names = Array.from({ length: 1000 }, (_, number) => `${number} ${'x'.repeat(200)}`);
  for (const name of names) writeFileSync(join(work, name), '');
  const fd = openSync(work, 'r');
  t.teardown(() => closeSync(fd));
  for (const round of [1, 2]) {
    const found = listDirectory(fd).map(({ name }) => name.toString());
    t.deepEqual(found.sort(), [...names].sort(), `round ${round}`);
  }
});

test('an empty directory has no entries', (t) => {
  t.deepEqual(list(t, makeWork(t)), []);
});

test('what is no directory throws', (t) => {
  const path = join(makeWork(t), 'file');
  writeFileSync(path, '');
  t.throws(() => list(t, path), { instanceOf: SystemError, message: /^getdents64 "directory \d+": ENOTDIR$/ });
});

test('only . and .. are dots', (t) => {
  const rows: [name: string, dots: boolean][] = [
    ['.', true],
    ['..', true],
    ['...', false],
    ['.a', false],
    ['a.', false],
    ['a', false],
    ['', false],
  ];
  for (const [name, dots] of rows) t.is(isDots(Buffer.from(name)), dots, name);
});
