import test from 'ava';
import { classify, reasonOf } from '../../../src/ship/transfer/classify.js';
import { commonArguments, formatList } from '../../../src/ship/transfer/rsync.js';
import { parseStats } from '../../../src/ship/transfer/stats.js';
import { foreignLinks, type Item, unitOf } from '../../../src/ship/transfer/units.js';
import type { Entry } from '../../../src/slave/slave.js';
import { S_IFREG } from '../../../src/syscalls/index.js';

const STATUS: [number, string, ReturnType<typeof classify>][] = [
  [0, '', 'done'],
  [24, 'file has vanished: "/x"', 'vanished'],
  [23, 'rsync: [sender] send_files failed to open "/x": Permission denied (13)', 'partial'],
  [23, 'rsync: [receiver] mkstemp "/x" failed: No space left on device (28)', 'halt'],
  [23, 'rsync: [receiver] mkstemp "/x" failed: Disk quota exceeded (122)', 'halt'],
  [23, 'rsync: [receiver] mkstemp "/x" failed: Read-only file system (30)', 'halt'],
  [11, 'rsync: write failed: No space left on device (28)', 'halt'],
  ...[1, 2, 3, 4, 5, 10, 12, 13, 14, 19, 20, 22, 25, 30, 35, 127, 255].map(
    (status) => [status, '', 'halt'] as [number, string, 'halt'],
  ),
];

for (const [status, stderr, verdict] of STATUS) {
  test(`rsync ends with ${status}, ${stderr || 'silently'}: ${verdict}`, (t) =>
    t.is(classify(status, stderr), verdict));
}

test('the reason is the first line that says one', (t) => {
  const stderr =
    'rsync: [receiver] rename "a" -> "b": Operation not permitted (1)\nrsync error: some files … (code 23) at main.c(1338)\n';
  t.is(reasonOf(23, stderr), 'rename "a" -> "b": Operation not permitted (1)');
  t.is(reasonOf(12, ''), 'rsync ended with status 12');
});

test('statistics are read with and without thousands separators', (t) => {
  t.deepEqual(parseStats('Number of regular files transferred: 1,234\nLiteral data: 5,678,901 bytes\n'), {
    files: 1234,
    bytes: 5678901,
  });
  t.deepEqual(parseStats('Number of regular files transferred: 12\nLiteral data: 34 bytes\n'), {
    files: 12,
    bytes: 34,
  });
  t.deepEqual(parseStats(''), { files: 0, bytes: 0 });
});

test('root ships all xattrs but the marks; others ship only their own namespace', (t) => {
  const rules = (privileged: boolean) =>
    commonArguments(privileged).filter((argument) => argument.startsWith('--filter='));
  t.deepEqual(rules(true), ['--filter=-x system.*', '--filter=-x trusted.markerfs.**', '--filter=-x user.markerfs.**']);
  t.deepEqual(rules(false).slice(3), ['--filter=-x trusted.*', '--filter=-x security.*']);
});

let inodes = 0n;
const file = (fields: Partial<Entry> = {}): Entry => ({
  ...{ kind: S_IFREG, size: 1n, mtimeSec: 0n, mtimeNsec: 0, nlink: 1, dev: 1, ino: ++inodes },
  ...fields,
});
const item = (
  path: string,
  entry: Entry,
  before: Entry | undefined,
  effort: 'compare' | 'write' = 'compare',
): Item => ({
  ...{ path, entry, before, effort, failedBefore: false },
});

test('the list is bytes, each path with ./ before and NUL behind it', (t) => {
  const units = ['#a', ';b', 'c\xff\n'].map((path) => unitOf([item(path, file(), undefined)]));
  t.deepEqual(formatList(units), Buffer.from('./#a\0./;b\0./c\xff\n\0', 'latin1'));
});

test('comparing is enough only where the slave has one object under exactly these names', (t) => {
  const linked = file({ nlink: 2 });
  const two = file({ nlink: 2 });
  const three = file({ nlink: 3 });
  const effort = (...items: Item[]) => unitOf(items).effort;
  t.is(effort(item('a', file(), file())), 'compare');
  t.is(effort(item('a', file(), file(), 'write')), 'write');
  t.is(effort(item('a', file(), undefined)), 'write', 'nothing to compare with');
  t.is(effort(item('a', file(), file({ size: 2n }))), 'write');
  t.is(effort(item('a', file(), two)), 'write', 'linked to something else');
  t.is(effort(item('a', linked, two), item('b', linked, two)), 'compare');
  t.is(effort(item('a', linked, file()), item('b', linked, undefined)), 'compare', 'rsync makes the second link');
  t.is(effort(item('a', linked, file()), item('b', linked, file())), 'write', 'two objects that are to be one');
  t.is(effort(item('a', linked, three), item('b', linked, three)), 'write', 'a third name that is not of this object');
  t.is(foreignLinks([item('a', linked, three), item('b', linked, three)]).size, 1);
  t.is(foreignLinks([item('a', linked, two), item('b', linked, two)]).size, 0);
});
