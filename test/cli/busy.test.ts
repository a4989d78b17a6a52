import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { TestVolume } from '../support/volume.js';

test('a file that is still being written is told of in words, and keeps a checkpoint from being reached', async (t) => {
  const volume = await TestVolume.mounted(t);
  const { source } = volume;
  await volume.ship();
  await volume.markerfs('slave', 'set', source, 'copy', 'settle=1h', 'max-delay=5h');
  const refused = await volume.tryMarkerfs('slave', 'set', source, 'copy', 'max-delay=5m');
  t.regex(refused.stderr, /max-delay is the longer time/);
  writeFileSync(join(volume.mountpoint, 'log'), 'content');
  t.regex(await volume.markerfs('ship', source), /1 still being written/);
  t.regex(await volume.markerfs('status', source), /copy: 1 file still being written/);
  t.regex(await volume.markerfs('failures', source), /^copy: log: it is still being written/m);
  t.regex(await volume.markerfs('dirty', source), /log[\s\S]*waits, still being written: log/);
  t.regex(await volume.markerfs('why', join(volume.mountpoint, 'log')), /dirty: it is still being written, and waits/);
  t.is((await volume.tryMarkerfs('checkpoint', source)).status, 3);
  await volume.markerfs('slave', 'set', source, 'copy', 'settle=', 'max-delay=');
  t.like(await volume.ship(), { shipped: 1, waiting: 0 });
});
