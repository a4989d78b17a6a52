import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { must, run } from '../support/run.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { PROJECT, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

/** The tests below take the page's steps; what else it tells of is in tests of its own, such as mass-delete, rescan and verify. */
const PAGE = readFileSync(join(PROJECT, 'native-notes/recovery.md'), 'utf8').replaceAll('\n', ' ');

/** What the page quotes is what is said, but for its number and its path. */
function assertSaid(t: ExecutionContext, quoted: string, said: string): void {
  t.true(PAGE.includes(`*${quoted}*`), `the page does not quote: ${quoted}`);
  const parts = quoted.split(/"\/srv\/copy"|\bN\b/).map((part) => part.replace(/[.?(]/g, '\\$&'));
  t.regex(said, new RegExp(parts.join('("[^"]*"|\\d+)')));
}

/** A pass that fails; `status` says why, as this does. */
async function assertFaulty(t: ExecutionContext, volume: TestVolume, quoted: string): Promise<void> {
  const { status, stderr } = await volume.tryMarkerfs('ship', volume.source);
  t.is(status, 1);
  assertSaid(t, quoted, stderr);
  const told = (await volume.tryMarkerfs('status', volume.source)).stdout;
  t.regex(told, /^copy +faulty/m);
  assertSaid(t, quoted, told);
}

test('a slave whose disk is away, or another one, is faulty until it is back', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.ship();
  writeFileSync(join(volume.mountpoint, 'file'), 'changed');
  const away = join(volume.work, 'away');
  renameSync(volume.slave, away);
  await assertFaulty(t, volume, 'cannot use directory "/srv/copy": it does not exist');
  mkdirSync(volume.slave);
  await assertFaulty(t, volume, 'holds no copy of this volume; is it mounted?');

  const other = await TestVolume.mounted(t);
  writeFileSync(join(other.mountpoint, 'file'), 'of another volume');
  await other.ship();
  rmSync(volume.slave, { recursive: true });
  renameSync(other.slave, volume.slave);
  await assertFaulty(t, volume, 'is the copy of another volume or slave');
  t.is(readFileSync(join(volume.slave, 'file'), 'utf8'), 'of another volume');

  rmSync(volume.slave, { recursive: true });
  renameSync(away, volume.slave);
  t.like(await volume.ship(), { crawl: 'journal', shipped: 1 });
  t.is(await differences(volume.source, volume.slave), '');
});

test('what would delete too much is faulty until the deletes are confirmed', async (t) => {
  const volume = await TestVolume.mounted(t);
  const files = Array.from({ length: 200 }, (_, at) => join(volume.mountpoint, `f${at}`));
  for (const file of files) writeFileSync(file, 'x');
  await volume.ship();
  await volume.markerfs('slave', 'set', volume.source, 'copy', 'max-delete=2');
  for (const file of files.slice(0, 3)) rmSync(file);
  await assertFaulty(t, volume, 'more than N objects would go');
  await volume.markerfs('slave', 'set', volume.source, 'copy', 'max-delete=');
  for (const file of files.slice(3)) rmSync(file);
  await assertFaulty(t, volume, 'the source is empty');
  const named = await volume.markerfs('ship', volume.source, '--dry-run', '--confirm-deletes');
  for (const at of files.keys()) t.regex(named, new RegExp(`would delete f${at}$`, 'm'));
  t.is(await must(['ls', volume.slave]).then((names) => names.trim().split('\n').length), 200);
  await volume.markerfs('ship', volume.source, '--confirm-deletes');
  t.is(await differences(volume.source, volume.slave), '');
});

testAsRoot('a slave whose disk is full goes on when there is room', async (t) => {
  const volume = await TestVolume.create(t);
  await must(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', volume.slave]);
  try {
    await volume.mount();
    await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
    writeFileSync(join(volume.mountpoint, 'large'), Buffer.alloc(2 << 20, 'x'));
    t.is((await volume.tryMarkerfs('ship', volume.source)).status, 1);
    t.regex((await volume.tryMarkerfs('status', volume.source)).stdout, /No space left on device/);
    t.true(PAGE.includes('`No space left on device`'));
    await must(['mount', '-o', 'remount,size=8m', volume.slave]);
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '');
  } finally {
    await run(['umount', '--lazy', volume.slave]);
  }
});

test('after the daemon was killed the volume is mounted again, and the next pass walks the marks', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.endDaemon('SIGKILL');
  // For a moment the kernel has other words.
  await waitUntil('the kernel has ended the mount', () => {
    const { stderr } = spawnSync('ls', [volume.mountpoint], { encoding: 'utf8' });
    return stderr.includes('Transport endpoint is not connected') ? undefined : stderr;
  });
  t.true(PAGE.includes('"Transport endpoint is not connected"'));
  assertSaid(t, 'the daemon is gone', (await volume.tryMarkerfs('status', volume.source)).stdout);
  await volume.mount();
  t.like(await volume.ship(), { crawl: 'walk', failed: 0 });
  t.is(await differences(volume.source, volume.slave), '');
  await volume.umount();
  volume.removeJournal();
  await volume.mount();
  t.like(await volume.ship(), { crawl: 'walk', failed: 0 });
  t.is(await differences(volume.source, volume.slave), '');
});

test('a damaged state.db is moved away, and the copies are added again', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.ship();
  await volume.umount();
  const state = join(volume.source, '.markerfs/state.db');
  writeFileSync(state, 'no database');
  const { status, stderr } = await volume.tryMarkerfs('status', volume.source);
  t.is(status, 1);
  t.regex(stderr, /restore it from a backup, or move it away and add the slaves again with --adopt/);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${state}${suffix}`, { force: true });
  await volume.mount();
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave, '--adopt');
  t.like(await volume.ship(), { crawl: 'initial', bytes: 0, failed: 0 });
  await volume.markerfs('verify', volume.source);
});

test('what was changed on the slave is named and repaired; then only plain trees are left', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.ship();
  writeFileSync(join(volume.slave, 'file'), 'CONTENT');
  const found = await volume.tryMarkerfs('verify', volume.source, '--slave', 'copy');
  t.is(found.status, 3);
  t.regex(found.stdout, /\bfile\b/);
  await volume.tryMarkerfs('verify', volume.source, '--repair');
  await volume.markerfs('verify', volume.source);
  await volume.umount();
  await volume.markerfs('destroy', volume.source, '--yes');
  t.is(await must(['diff', '-r', volume.source, volume.slave]), '');
  t.is(await must(['getfattr', '-R', '-d', '-m', '-', '--absolute-names', volume.source]), '');
});

test('a copy is taken up again after the state folder was lost, and without sending what it has', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.ship();
  await volume.umount();
  rmSync(join(volume.source, '.markerfs'), { recursive: true });
  await volume.mount();
  const add = ['slave', 'add', volume.source, 'backup', volume.slave, '--adopt'];
  const refused = await volume.tryMarkerfs(...add);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /is the copy of another volume \("copy"\); give another place or, /);
  rmSync(join(volume.slave, '.markerfs-slave'), { recursive: true });
  await volume.markerfs(...add);
  t.like(await volume.ship(), { crawl: 'initial', bytes: 0, failed: 0 });
  t.is(await differences(volume.source, volume.slave), '');
});

test('a lost source comes back from its copy', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.ship();
  await volume.umount();
  await must(['find', volume.source, '-mindepth', '1', '-delete']);
  const back = [
    'rsync',
    '-aHAXS',
    '--numeric-ids',
    '--modify-window=-1',
    '--exclude=/.markerfs-slave',
    `${volume.slave}/`,
    `${volume.source}/`,
  ];
  await must(back);
  t.is(await differences(volume.source, volume.slave), '');
  await volume.mount();
  rmSync(join(volume.slave, '.markerfs-slave'), { recursive: true });
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave, '--adopt');
  t.like(await volume.ship(), { bytes: 0, failed: 0 });
});
