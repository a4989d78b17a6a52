import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { must, run, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

/** Mounts a filesystem of its own on a new directory of the source, over a file that lies there. */
async function mountBelow(t: ExecutionContext, { source }: TestVolume, name: string): Promise<void> {
  const directory = join(source, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'beneath'), 'beneath');
  await must(['mount', '-t', 'tmpfs', 'none', directory]);
  t.teardown(() => must(['umount', directory]));
  writeFileSync(join(directory, 'above'), 'above');
}

testAsRoot('what is mounted below the source is left out, as by a bind mount, and is not shipped', async (t) => {
  const volume = await TestVolume.create(t);
  // A shared mount hands on what is mounted on it, as on most systems.
  await script('mount --bind "$1" "$1"; mount --make-shared "$1"', [volume.source]);
  t.teardown(() => run(['umount', '--lazy', volume.source]));
  await mountBelow(t, volume, 'before');
  await volume.mount();
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await mountBelow(t, volume, 'after');
  for (const name of ['before', 'after']) {
    const directory = join(volume.mountpoint, name);
    t.deepEqual(readdirSync(directory), ['beneath'], name);
    writeFileSync(join(directory, 'beneath'), 'changed');
    t.deepEqual(readdirSync(join(volume.source, name)), ['above'], name);
  }
  for (const crawl of ['initial', 'journal', 'walk'] as const) {
    if (crawl === 'walk') volume.removeJournal();
    writeFileSync(join(volume.mountpoint, 'before/beneath'), crawl);
    t.is((await volume.ship()).crawl, crawl);
    t.is(await differences(volume.mountpoint, volume.slave), '');
    t.is(readFileSync(join(volume.slave, 'before/beneath'), 'latin1'), crawl);
  }
});

testAsRoot('an ordinary user cannot leave it out, and is told so', async (t) => {
  const volume = await TestVolume.mounted(t, NOBODY);
  await volume.umount();
  await mountBelow(t, volume, 'inner');
  const told = /Cannot use source ".*source": a filesystem is mounted below it, on ".*source\/inner"; unmount it/;
  const mounting = await volume.tryMarkerfs(volume.source, volume.mountpoint);
  t.is(mounting.status, 1);
  t.regex(mounting.stderr, told);
  const shipping = await volume.tryMarkerfs('ship', volume.source);
  t.is(shipping.status, 1);
  t.regex(shipping.stderr, told);
});
