import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { VolumeStatus } from '../../src/journal/status.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

async function recovery(volume: TestVolume) {
  const status = JSON.parse(await volume.markerfs('status', volume.source, '--json')) as VolumeStatus;
  return status.volume.recovery;
}

test('a volume knows since when its daemon is gone, and which slaves have not made up for it', async (t) => {
  const volume = await TestVolume.mounted(t);
  const other = join(volume.work, 'other');
  mkdirSync(other);
  await volume.markerfs('slave', 'add', volume.source, 'other', other);
  await volume.markerfs('ship', volume.source);
  t.is(await recovery(volume), null);
  writeFileSync(join(volume.mountpoint, 'file'), 'x');
  const pid = volume.daemonPid();
  await volume.endDaemon('SIGKILL');

  const dead = (await recovery(volume))!;
  t.like(dead, { pid, noticedUs: null });
  t.deepEqual(dead.waiting, ['copy', 'other']);
  t.true(dead.startedUs <= dead.seenUs && dead.seenUs <= (Date.now() + 1) * 1000);
  t.regex(
    await volume.markerfs('status', volume.source),
    /recovery .*\(pid \d+\) did not end in order.*; mount again: the next pass of copy, other walks/,
  );

  await volume.mount();
  const mounted = (await recovery(volume))!;
  t.like(mounted, { pid, seenUs: dead.seenUs, waiting: ['copy', 'other'] });
  t.true(mounted.noticedUs! > dead.seenUs);
  await volume.markerfs('ship', volume.source, '--slave', 'copy');
  t.deepEqual((await recovery(volume))?.waiting, ['other']);
  await volume.markerfs('ship', volume.source, '--slave', 'other');
  t.is(await recovery(volume), null);
  t.notRegex(await volume.markerfs('status', volume.source), /recovery/);
  t.is(await differences(volume.source, other), '');

  await volume.umount();
  t.is(await recovery(volume), null, 'an orderly end asks for nothing');
});
