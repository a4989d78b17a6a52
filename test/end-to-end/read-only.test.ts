import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mountDisk, unmountDisk } from '../support/disks.js';
import { must, run, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

async function refusesChanges(t: ExecutionContext, folder: string): Promise<void> {
  for (const change of ['touch new', 'echo x >file', 'rm -f file', 'mkdir new', 'chmod 600 file', 'mv file new']) {
    const { status, stderr } = await run(['bash', '-c', `cd "$1"; ${change}`, 'bash', folder]);
    t.not(status, 0, change);
    t.regex(stderr, /Read-only file system/, change);
  }
}

/** A volume with a file, whose source nobody can write to. */
async function createReadOnly(t: ExecutionContext): Promise<TestVolume> {
  const volume = await TestVolume.create(t);
  const { source } = volume;
  writeFileSync(join(source, 'file'), 'data');
  // A volume from before: its state folder is there, and stays as it is.
  await volume.mount();
  await volume.umount();
  await script('mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"', [source]);
  t.teardown(() => unmountDisk(source));
  return volume;
}

testAsRoot('a source on a read-only filesystem gives a read-only mount, and says so', async (t) => {
  const volume = await createReadOnly(t);
  const scratch = join(volume.work, 'scratch');
  mkdirSync(scratch);
  const mounted = await run([
    'env',
    `TMPDIR=${scratch}`,
    process.execPath,
    volume.program,
    volume.source,
    volume.mountpoint,
  ]);
  t.is(mounted.status, 0, mounted.stderr);
  t.regex(
    mounted.stderr,
    /The filesystem of ".*source" is read-only, and so is the mount; it can be shipped only with/,
  );
  t.deepEqual(readdirSync(volume.mountpoint), ['file']);
  t.is(readFileSync(join(volume.mountpoint, 'file'), 'latin1'), 'data');
  await refusesChanges(t, volume.mountpoint);
  await must(['umount', volume.mountpoint]);
  await waitUntil('the daemon has removed its state', () => readdirSync(scratch)[0]);
});

testAsRoot('a read-only source is shipped with a state folder elsewhere', async (t) => {
  const volume = await createReadOnly(t);
  const state = join(volume.work, 'state');
  const elsewhere = ['--state-dir', state];
  await volume.markerfs(volume.source, volume.mountpoint, ...elsewhere);
  await refusesChanges(t, volume.mountpoint);
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave, ...elsewhere);
  for (const crawl of ['initial', 'journal']) {
    const pass = JSON.parse(await volume.markerfs('ship', volume.source, '--json', ...elsewhere));
    t.like(pass, { crawl, failed: 0 });
    t.is(await differences(volume.source, volume.slave), '');
  }
  await volume.markerfs('umount', volume.mountpoint, ...elsewhere);
});

testAsRoot('a source that is not mounted is not taken for one whose files were removed', async (t) => {
  const volume = await TestVolume.create(t);
  const { source, mountpoint, slave, work } = volume;
  await mountDisk(source, { type: 'ext4', mib: 8 });
  t.teardown(() => unmountDisk(source));
  const elsewhere = ['--state-dir', join(work, 'state')];
  await volume.markerfs(source, mountpoint, ...elsewhere);
  await script('echo data >"$1/file"', [mountpoint]);
  await volume.markerfs('slave', 'add', source, 'copy', slave, ...elsewhere);
  await volume.markerfs('ship', source, ...elsewhere);
  await volume.markerfs('umount', mountpoint, ...elsewhere);
  await must(['umount', source]);
  for (const command of [
    ['ship', source],
    [source, mountpoint],
  ]) {
    const { status, stderr } = await volume.tryMarkerfs(...command, ...elsewhere);
    t.is(status, 1);
    t.regex(stderr, /Cannot open volume ".*source": another directory is there now; is its filesystem mounted\?/);
  }
  t.is(readFileSync(join(slave, 'file'), 'latin1'), 'data\n');
  await must(['mount', '-o', 'loop', `${source}.image`, source]);
  await volume.markerfs('ship', source, ...elsewhere);
  t.is(await differences(source, slave), '');
});

testAsRoot('a filesystem that turns read-only under the mount refuses changes, and is read on', async (t) => {
  const volume = await TestVolume.create(t);
  const { source, mountpoint, work } = volume;
  await mountDisk(source, { type: 'ext4', mib: 8 });
  t.teardown(() => unmountDisk(source));
  const elsewhere = ['--state-dir', join(work, 'state')];
  await volume.markerfs(source, mountpoint, ...elsewhere);
  await script('echo data >"$1/file"', [mountpoint]);
  // The kernel tells the daemon of a close(2) some time after it has returned, and until then the file is open for writing.
  await waitUntil('the source is read-only', () => {
    const { status, stderr } = spawnSync('mount', ['-o', 'remount,ro', source], { encoding: 'latin1' });
    return status === 0 ? undefined : stderr;
  });
  await refusesChanges(t, mountpoint);
  t.is(readFileSync(join(mountpoint, 'file'), 'latin1'), 'data\n');
  await must(['mount', '-o', 'remount,rw', source]);
  await script('echo more >>"$1/file"', [mountpoint]);
  t.is(readFileSync(join(source, 'file'), 'latin1'), 'data\nmore\n');
  await volume.markerfs('umount', mountpoint, ...elsewhere);
});
