import test from 'ava';
import { classify } from '../../../src/ship/transfer/classify.js';
import { formatList } from '../../../src/ship/transfer/rsync.js';
import { commonArguments } from '../../../src/ship/transfer/run.js';
import { parseStats } from '../../../src/ship/transfer/stats.js';
import { foreignLinks, type Item, unitOf } from '../../../src/ship/transfer/units.js';
import { reasonOf } from '../../../src/slave/rsync/reasons.js';
import type { Entry } from '../../../src/slave/slave.js';
import { S_IFLNK, S_IFREG } from '../../../src/syscalls/index.js';

const STATUS: [number, string, ReturnType<typeof classify>][] = [
  [0, '', 'done'],
  [24, 'file has vanished: "/x"', 'vanished'],
  [23, 'rsync: [sender] send_files failed to open "/x": Permission denied (13)', 'partial'],
  [23, 'rsync: [receiver] mkstemp "/x" failed: No space left on device (28)', 'halt'],
  [23, 'rsync: [receiver] mkstemp "/x" failed: Disk quota exceeded (122)', 'halt'],
  [23, 'rsync: [receiver] mkstemp "/x" failed: Read-only file system (30)', 'halt'],
  [11, 'rsync: write failed: No space left on device (28)', 'halt'],
  [13, 'rsync: [receiver] link "/y" => x failed: Too many links (31)', 'partial'],
  [22, 'exceeded --max-alloc=1024 setting', 'partial'],
  ...[1, 2, 3, 4, 5, 10, 12, 14, 19, 20, 25, 30, 35, 127, 255].map(
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

const REASONS: [string, string][] = [
  [
    'ssh: connect to host backup port 22: Connection refused\r\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\n',
    'ssh: connect to host backup port 22: Connection refused',
  ],
  ['u@backup: Permission denied (publickey).\r\n', 'u@backup: Permission denied (publickey).'],
  [
    '@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@\nHost key verification failed.\n',
    'ssh: the key of the host is another one than before; if that is right, remove the old one (ssh-keygen -R HOST) and connect once by hand',
  ],
  ['Host key verification failed.\r\n', 'ssh: the key of the host is not known; connect once by hand with ssh'],
  ['bash: line 1: rsync: command not found\n', 'rsync is not installed on the other side'],
  ['@ERROR: auth failed on module data\n', 'the rsync daemon refuses user or password'],
  [
    'rsync: connection unexpectedly closed (0 bytes received so far) [sender]\n',
    'connection unexpectedly closed (0 bytes received so far) [sender]',
  ],
  [
    'rsync: connection unexpectedly closed (1234 bytes received so far) [sender]\n',
    'rsync on the other side, or the connection to it, ended in the middle',
  ],
];

for (const [stderr, reason] of REASONS) {
  test(`what ended a connection is told: ${reason}`, (t) => t.is(reasonOf(255, stderr), reason));
}

test('statistics are read with and without thousands separators', (t) => {
  const said = 'Number of regular files transferred: 1,234\nLiteral data: 5,678,901 bytes\n';
  const wire = 'Total bytes sent: 5,680,000\nTotal bytes received: 1,002\n';
  t.deepEqual(parseStats(said + wire), { files: 1234, bytes: 5678901, wireBytes: 5681002 });
  t.deepEqual(parseStats('Number of regular files transferred: 12\nLiteral data: 34 bytes\n'), {
    files: 12,
    bytes: 34,
    wireBytes: 0,
  });
  t.deepEqual(parseStats(''), { files: 0, bytes: 0, wireBytes: 0 });
});

test('root ships all xattrs but the marks; others ship only their own namespace', (t) => {
  const rules = (privileged: boolean) =>
    commonArguments(privileged).filter((argument) => argument.startsWith('--filter='));
  t.deepEqual(rules(true), [
    '--filter=-x system.*',
    '--filter=-x trusted.SGI_ACL_*',
    '--filter=-x trusted.markerfs.**',
    '--filter=-x user.markerfs.**',
  ]);
  t.deepEqual(rules(false).slice(4), ['--filter=-x trusted.*', '--filter=-x security.*']);
});

let inodes = 0n;
const file = (fields: Partial<Entry> = {}): Entry => ({
  ...{ kind: S_IFREG, size: 1n, hasHoles: false, mtimeSec: 0n, mtimeNsec: 0, nlink: 1, dev: 1, ino: ++inodes },
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
  const sparse = file({ hasHoles: true });
  t.is(effort(item('a', sparse, file())), 'write', 'full where the source has holes');
  t.is(effort(item('a', sparse, sparse)), 'compare');
  t.is(effort(item('a', file({ kind: S_IFLNK, hasHoles: true }), file({ kind: S_IFLNK }))), 'compare');
  t.is(effort(item('a', linked, two), item('b', linked, two)), 'compare');
  t.is(effort(item('a', linked, file()), item('b', linked, undefined)), 'compare', 'rsync makes the second link');
  t.is(effort(item('a', linked, file()), item('b', linked, file())), 'write', 'two objects that are to be one');
  t.is(effort(item('a', linked, three), item('b', linked, three)), 'write', 'a third name that is not of this object');
  t.is(foreignLinks([item('a', linked, three), item('b', linked, three)]).size, 1);
  t.is(foreignLinks([item('a', linked, two), item('b', linked, two)]).size, 0);
});
