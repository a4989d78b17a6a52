import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statfsSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { AT_FDCWD, cstr, native, RENAME_EXCHANGE } from '../../src/syscalls/index.js';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';
import { waitUntil } from '../support/wait.js';
import { codeOf, resultOf } from './posix/case.js';
import { get, list, remove, set } from './posix/xattrs.js';

let served: Served;

test.before(async () => {
  served = await Served.start();
});

test.after.always(async () => {
  await served.stop();
});

const atMount = (...names: string[]) => join(served.mountpoint, ...names);
const atSource = (...names: string[]) => join(served.source, ...names);

/** The marks of an object, by the last part of their names. */
const marksOf = (path: string) =>
  list(path)
    .filter((name) => /^(trusted|user)\.markerfs\./.test(name))
    .map((name) => name.split('.').at(-1));

test('what is made on the mount is on the source, and what is on the source is on the mount', (t) => {
  mkdirSync(atMount('both'));
  writeFileSync(atMount('both/by mount'), 'mount');
  writeFileSync(atSource('both/by source'), 'source');
  t.is(readFileSync(atSource('both/by mount'), 'latin1'), 'mount');
  t.is(readFileSync(atMount('both/by source'), 'latin1'), 'source');
  t.is(statSync(atMount('both/by mount')).ino, statSync(atSource('both/by mount')).ino);
});

test('the figures of the filesystem are the source’s', (t) => {
  const figures = (path: string) => {
    const { bsize, blocks, files } = statfsSync(path, { bigint: true });
    return { bsize, blocks, files };
  };
  t.deepEqual(figures(served.mountpoint), figures(served.source));
  const [mount, source] = [served.mountpoint, served.source].map((path) => statfsSync(path));
  // Others write on the same disk meanwhile.
  t.true(Math.abs((mount?.bavail ?? 0) - (source?.bavail ?? 0)) < (source?.blocks ?? 0) / 10);
});

test('the state folder is neither seen nor reached', (t) => {
  t.true(existsSync(atSource('.markerfs')));
  t.deepEqual(
    readdirSync(served.mountpoint).filter((name) => name.startsWith('.markerfs')),
    [],
  );
  writeFileSync(atMount('file'), '');
  mkdirSync(atMount('folder'));
  const state = atMount('.markerfs');
  const rows: Record<string, [() => unknown, string]> = {
    stat: [() => statSync(state), 'ENOENT'],
    'stat of what is in it': [() => statSync(join(state, 'volume.json')), 'ENOENT'],
    readdir: [() => readdirSync(state), 'ENOENT'],
    rmdir: [() => rmdirSync(state), 'ENOENT'],
    unlink: [() => unlinkSync(state), 'ENOENT'],
    'rename of it': [() => renameSync(state, atMount('elsewhere')), 'ENOENT'],
    mkdir: [() => mkdirSync(state), 'EPERM'],
    create: [() => writeFileSync(state, ''), 'EPERM'],
    symlink: [() => symlinkSync('x', state), 'EPERM'],
    link: [() => linkSync(atMount('file'), state), 'EPERM'],
    'rename to it': [() => renameSync(atMount('folder'), state), 'EPERM'],
  };
  for (const [title, [action, code]] of Object.entries(rows)) t.is(codeOf(action), code, title);
  const exchanged = native.renameat2(AT_FDCWD, cstr(atMount('folder')), AT_FDCWD, cstr(state), RENAME_EXCHANGE);
  t.true(['ENOENT', 'EPERM'].includes(String(resultOf(exchanged))));
  t.true(existsSync(atSource('.markerfs/volume.json')));
});

test('only in the root is its name taken', (t) => {
  mkdirSync(atMount('below'));
  mkdirSync(atMount('below/.markerfs'));
  t.deepEqual(readdirSync(atMount('below')), ['.markerfs']);
});

test('marks are on the source, and are neither seen nor set through the mount', (t) => {
  mkdirSync(atMount('marked'));
  writeFileSync(atMount('marked/file'), 'content');
  t.deepEqual(marksOf(atSource('')).sort(), ['subtree', 'xtime'], 'the root has room for both');
  for (const path of ['marked', 'marked/file']) t.deepEqual(marksOf(atSource(path)), ['xtime'], path);
  const [path] = [atMount('marked/file')];
  t.deepEqual(list(path), []);
  t.is(set(path, 'user.note', 'x'), 0);
  t.deepEqual(list(path), ['user.note']);
  t.is(native.llistxattr(cstr(path), Buffer.alloc(0)), 10);
  for (const name of [...list(atSource('marked/file')), 'user.markerfs.x.xtime', 'trusted.markerfs.x.xtime']) {
    if (name === 'user.note') continue;
    t.is(get(path, name), 'ENODATA', name);
    t.is(set(path, name, 'x'), 'EPERM', name);
    t.is(remove(path, name), 'ENODATA', name);
  }
  t.deepEqual(marksOf(atSource('marked/file')), ['xtime']);
});

test('a directory that moved carries its second mark, a file does not', (t) => {
  mkdirSync(atMount('moving'));
  writeFileSync(atMount('moving file'), '');
  renameSync(atMount('moving'), atMount('moved'));
  renameSync(atMount('moving file'), atMount('moved/file'));
  t.deepEqual(marksOf(atSource('moved')).sort(), ['subtree', 'xtime']);
  t.deepEqual(marksOf(atSource('moved/file')), ['xtime']);
});

testAsRoot('what is changed behind the mount is seen when the kernel asks again', async (t) => {
  mkdirSync(atMount('behind'));
  writeFileSync(atMount('behind/file'), 'old');
  t.is(readFileSync(atMount('behind/file'), 'latin1'), 'old');
  t.false(existsSync(atMount('behind/new')));
  writeFileSync(atSource('behind/file'), 'changed');
  renameSync(atSource('behind/file'), atSource('behind/new'));
  mkdirSync(atSource('behind/file'));
  await waitUntil('the mount follows', () => {
    // Names and attributes that nobody uses: what the kernel would trust for a minute.
    writeFileSync('/proc/sys/vm/drop_caches', '2');
    const seen = codeOf(() => statSync(atMount('behind/new')));
    return seen === 'no error' && statSync(atMount('behind/file')).isDirectory() ? undefined : seen;
  });
  t.is(readFileSync(atMount('behind/new'), 'latin1'), 'changed');
});

test('a handle outlives a move behind the mount', (t) => {
  mkdirSync(atMount('handles'));
  const fd = openSync(atMount('handles/file'), 'w+');
  t.teardown(() => closeSync(fd));
  renameSync(atSource('handles/file'), atSource('handles/elsewhere'));
  writeFileSync(fd, 'written');
  t.is(readFileSync(atSource('handles/elsewhere'), 'latin1'), 'written');
});

test('a mount in use cannot be unmounted', (t) => {
  const fd = openSync(atMount('in use'), 'w');
  t.is(resultOf(native.umount2(cstr(served.mountpoint), 0)), process.getuid?.() === 0 ? 'EBUSY' : 'EPERM');
  closeSync(fd);
  t.true(existsSync(atMount('in use')));
});

testAsRoot('root is given passthrough where the kernel has it', (t) => {
  t.true(served.passthrough);
});
