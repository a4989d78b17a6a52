import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  decodeXtime,
  encodeXtime,
  markNames,
  markPrefixes,
  namespacesOf,
  newestMark,
  readMark,
  writeMark,
} from '../../src/marker/mark.js';
import { cstr, native, O_NOFOLLOW, O_PATH } from '../../src/syscalls/index.js';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const NAME = `user.markerfs.${UUID}.xtime`;

function opened(t: ExecutionContext, path: string, flags: number | string = 'r'): number {
  const fd = openSync(path, flags);
  t.teardown(() => closeSync(fd));
  return fd;
}

test('a mark is seconds and microseconds, big-endian, as GlusterFS writes its xtime', (t) => {
  const rows: [us: number, bytes: string][] = [
    [0, '00000000 00000000'],
    [1, '00000000 00000001'],
    [999_999, '00000000 000f423f'],
    [1_000_000, '00000001 00000000'],
    [1_600_000_000_123_456, '5f5e1000 0001e240'],
    [2 ** 32 * 1_000_000 - 1, 'ffffffff 000f423f'],
  ];
  for (const [us, bytes] of rows) {
    t.is(encodeXtime(us).toString('hex'), bytes.replace(' ', ''));
    t.is(decodeXtime(Buffer.from(bytes.replace(' ', ''), 'hex')), us);
  }
});

test('every time goes there and back, and the bytes are in the order of the times', (t) => {
  const time = fc.integer({ min: 0, max: 2 ** 32 * 1_000_000 - 1 });
  fc.assert(
    fc.property(time, time, (one, other) => {
      t.is(decodeXtime(encodeXtime(one)), one);
      t.is(Math.sign(Buffer.compare(encodeXtime(one), encodeXtime(other))), Math.sign(one - other));
    }),
  );
});

test('a value of another length is no mark', (t) => {
  for (const length of [0, 7, 9, 16]) t.is(decodeXtime(Buffer.alloc(length)), undefined, String(length));
});

test('a value is read where its view begins', (t) => {
  const bytes = Buffer.concat([Buffer.alloc(3, 0xff), encodeXtime(1_000_001), Buffer.alloc(3, 0xff)]);
  t.is(decodeXtime(bytes.subarray(3, 11)), 1_000_001);
});

test('marks are named for their volume, in their namespace', (t) => {
  t.deepEqual(markNames(UUID, 'trusted'), {
    xtime: `trusted.markerfs.${UUID}.xtime`,
    subtree: `trusted.markerfs.${UUID}.subtree`,
    rescan: `trusted.markerfs.${UUID}.rescan`,
    kept: `trusted.markerfs.${UUID}.kept`,
  });
  for (const namespace of ['trusted', 'user'] as const)
    for (const name of Object.values(markNames(UUID, namespace)))
      t.is(markPrefixes.filter((prefix) => name.startsWith(prefix)).length, 1, name);
});

test('a mark is written to and read from the object of a descriptor, whatever its name', (t) => {
  const work = makeWork(t);
  mkdirSync(join(work, 'folder'));
  const odd = Buffer.concat([Buffer.from(`${work}/`), Buffer.from([0xff, 0x0a])]);
  writeFileSync(odd, '');
  const file = native.openat(-100, cstr(odd), O_PATH, 0);
  t.teardown(() => native.close(file));
  for (const fd of [file, opened(t, join(work, 'folder'), O_PATH)]) {
    t.is(readMark(fd, NAME), undefined);
    writeMark(fd, NAME, 7_000_005);
    t.is(readMark(fd, NAME), 7_000_005);
    writeMark(fd, NAME, 8_000_000);
    t.is(readMark(fd, NAME), 8_000_000);
  }
});

test('a value that no marker wrote counts as none', (t) => {
  const path = join(makeWork(t), 'file');
  writeFileSync(path, '');
  native.setxattr(cstr(path), cstr(NAME), Buffer.from('not a mark'), 0);
  t.is(readMark(opened(t, path), NAME), undefined);
});

test('a mark that cannot be written is an error with its code', (t) => {
  const work = makeWork(t);
  symlinkSync('nowhere', join(work, 'link'));
  const fd = opened(t, join(work, 'link'), O_PATH | O_NOFOLLOW);
  t.throws(() => writeMark(fd, NAME, 1), { code: 'EPERM' });
  t.throws(() => readMark(1_000_000, NAME), { code: 'ENOENT' });
});

testAsRoot('of the marks in both namespaces the newer one counts', (t) => {
  const fd = opened(t, makeWork(t));
  const names = (['trusted', 'user'] as const).map((namespace) => markNames(UUID, namespace).xtime);
  const [trusted = '', user = ''] = names;
  t.is(newestMark(fd, names), undefined);
  t.deepEqual(namespacesOf(fd, UUID), []);
  writeMark(fd, user, 5);
  t.is(newestMark(fd, names), 5);
  t.deepEqual(namespacesOf(fd, UUID), ['user']);
  writeMark(fd, trusted, 4);
  t.is(newestMark(fd, names), 5);
  t.deepEqual(namespacesOf(fd, UUID), ['trusted', 'user']);
  writeMark(fd, trusted, 6);
  t.is(newestMark(fd, names), 6);
});
