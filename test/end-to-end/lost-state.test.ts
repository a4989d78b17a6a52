import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

/** The steps of native-notes/recovery.md. */
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
