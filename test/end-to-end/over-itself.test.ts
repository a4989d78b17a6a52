import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { isMounted, mountsBelow } from '../support/mounts.js';
import { endProcess, waitForEnd } from '../support/processes.js';
import { must, run, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { type Pass, TestVolume } from '../support/volume.js';

/** Where the daemons of root keep what their mounts cover. */
const PLACES = '/run/markerfs';

/** The places at which a source is bound: they show its root, so they have its inode number. */
function placesOf({ source }: TestVolume): string[] {
  const { ino } = statSync(source);
  return mountsBelow(PLACES).filter((place) => statSync(place).ino === ino);
}

/** A volume with a file from before and a slave, mounted over itself. */
async function mountOver(t: ExecutionContext): Promise<TestVolume> {
  const volume = await TestVolume.create(t);
  // A shared mount hands on what is mounted on it, as on most systems.
  await script('mount --bind "$1" "$1"; mount --make-shared "$1"', [volume.work]);
  t.teardown(() => run(['umount', '--lazy', volume.work]));
  t.teardown(async () => {
    // Mounts lie on top of each other: the first answer is about the topmost.
    if (isMounted(volume.source)) await volume.markerfs('umount', volume.source);
  });
  writeFileSync(join(volume.source, 'before'), 'before');
  await volume.markerfs(volume.source, volume.source);
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  return volume;
}

async function pidOf(volume: TestVolume): Promise<number> {
  return JSON.parse(await volume.markerfs('status', volume.source, '--json')).volume.pid;
}

async function isWalkedAndEqual(t: ExecutionContext, volume: TestVolume, crawl: Pass['crawl']): Promise<void> {
  t.is((await volume.ship()).crawl, crawl);
  t.is(await differences(placesOf(volume)[0] ?? volume.source, volume.slave), '');
}

testAsRoot('a volume mounted over itself is written, shipped, asked and unmounted by its one name', async (t) => {
  const volume = await mountOver(t);
  const { source } = volume;
  t.is(readFileSync(join(source, 'before'), 'latin1'), 'before');
  t.deepEqual(readdirSync(source), ['before']);
  await isWalkedAndEqual(t, volume, 'initial');
  await script('cd "$1"; echo data >file; mkdir dir; mv before dir; ln file dir/link', [source]);
  await isWalkedAndEqual(t, volume, 'journal');
  const { mountpoint, state, passthrough } = JSON.parse(await volume.markerfs('status', source, '--json')).volume;
  t.deepEqual([mountpoint, state, passthrough], [source, 'active', true]);
  t.regex(await volume.markerfs('journal', source), /rename +before -> dir\/before/);
  t.regex((await volume.tryMarkerfs(source, source)).stderr, /it is already mounted, over itself/);
  t.regex((await volume.tryMarkerfs(source, volume.mountpoint)).stderr, /it is already mounted, over itself/);

  await volume.markerfs('umount', source);
  t.false(isMounted(source));
  t.deepEqual(placesOf(volume), []);
  t.true(existsSync(join(source, '.markerfs/volume.json')));
  t.is(await differences(source, volume.slave), '');
  t.is((await volume.ship()).crawl, 'journal');
});

testAsRoot('umount(8) of a volume mounted over itself ends its daemon and leaves nothing', async (t) => {
  const volume = await mountOver(t);
  const pid = await pidOf(volume);
  await must(['umount', volume.source]);
  await waitForEnd(pid);
  t.deepEqual(placesOf(volume), []);
  t.notRegex(await volume.markerfs(volume.source, volume.source), /dead mount|killed/i);
});

testAsRoot('after SIGKILL the source stays covered; it is shipped from beneath, and mounted again', async (t) => {
  const volume = await mountOver(t);
  const { source } = volume;
  await volume.ship();
  await script('echo data >"$1/file"', [source]);
  await endProcess(await pidOf(volume), 'SIGKILL');
  t.not((await run(['cat', join(source, 'file')])).status, 0, 'nobody writes unmarked');
  await volume.ship();
  t.is(readFileSync(join(volume.slave, 'file'), 'latin1'), 'data\n');

  const mounted = await volume.tryMarkerfs(source, source);
  t.is(mounted.status, 0, mounted.stderr);
  t.regex(mounted.stderr, /dead mount|killed/i);
  t.is(readFileSync(join(source, 'file'), 'latin1'), 'data\n');
  await script('rm "$1/file"', [source]);
  await isWalkedAndEqual(t, volume, 'walk');
  t.is(placesOf(volume).length, 1);
});

testAsRoot('what a killed daemon covered is uncovered by markerfs umount', async (t) => {
  const volume = await mountOver(t);
  await endProcess(await pidOf(volume), 'SIGKILL');
  await volume.markerfs('umount', volume.source);
  t.deepEqual(placesOf(volume), []);
  t.deepEqual(readdirSync(volume.source).sort(), ['.markerfs', 'before']);
});
