import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Outlook } from '../../src/ship/report/outlook.js';
import { openVolume } from '../../src/volume/volume.js';
import { TestVolume } from '../support/volume.js';

function counted(outlook: Outlook): { objects: number; bytes: number } {
  while (!outlook.isComplete) outlook.count(1);
  const { objects, bytes } = outlook;
  outlook.close();
  return { objects, bytes };
}

test('what there is to do is everything at first, and then what is marked', async (t) => {
  const volume = await TestVolume.mounted(t);
  const { mountpoint, source } = volume;
  mkdirSync(join(mountpoint, 'kept/below'), { recursive: true });
  mkdirSync(join(mountpoint, 'moved'));
  writeFileSync(join(mountpoint, 'kept/below/three'), 'x'.repeat(1000));
  for (const name of ['kept/two', 'kept/one']) linkSync(join(mountpoint, 'kept/below/three'), join(mountpoint, name));
  symlinkSync('target', join(mountpoint, 'link'));
  writeFileSync(join(mountpoint, 'moved/file'), 'y'.repeat(50));
  const opened = openVolume(source);
  t.deepEqual(counted(new Outlook(opened, 0)), { objects: 8, bytes: 1050 });
  t.deepEqual(counted(new Outlook(opened, 0, { top: 'kept', share: 0 })), { objects: 4, bytes: 0 });

  const { syncPoint } = await volume.ship();
  t.deepEqual(counted(new Outlook(opened, syncPoint!)), { objects: 0, bytes: 0 });
  await volume.markerfs('ship', source);
  mkdirSync(join(mountpoint, 'kept/new'));
  writeFileSync(join(mountpoint, 'kept/new/file'), 'z');
  t.deepEqual(counted(new Outlook(opened, syncPoint!)), { objects: 3, bytes: 1 });
});

test('what cannot be counted is not known, and what was closed stays so', async (t) => {
  const volume = await TestVolume.mounted(t);
  const outlook = new Outlook(openVolume(volume.source), 0, { top: 'nowhere' });
  t.deepEqual(counted(outlook), { objects: 0, bytes: 0 });
  const closed = new Outlook(openVolume(volume.source), 0);
  closed.close();
  closed.count(1000);
  t.false(closed.isComplete);
});
