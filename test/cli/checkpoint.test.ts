import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must, run } from '../support/run.js';
import { TestVolume } from '../support/volume.js';

/** What the status says of the last checkpoint. */
async function checkpointOf(volume: TestVolume): Promise<unknown> {
  return JSON.parse(await volume.markerfs('status', volume.source, '--json')).volume.checkpoint;
}

test('a checkpoint is reached by the pass after it, and --wait returns then', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  const before = await volume.tryMarkerfs('checkpoint', volume.source, '--json');
  t.is(before.status, 3, before.stderr);
  const { checkpoint } = JSON.parse(before.stdout);
  t.deepEqual(JSON.parse(before.stdout), { checkpoint, reached: false, behind: ['copy'] });
  t.deepEqual(await checkpointOf(volume), { timeUs: checkpoint, behind: ['copy'] });
  t.regex(await volume.markerfs('status', volume.source), /^checkpoint +.*, not reached by copy$/m);
  const waiting = volume.tryMarkerfs('checkpoint', volume.mountpoint, '--wait', '--json');
  // Passes until one began after that checkpoint, whenever it was taken.
  let over = false;
  void waiting.then(() => (over = true));
  let syncPoint = 0;
  while (!over) ({ syncPoint } = (await volume.ship()) as { syncPoint: number });
  const after = await waiting;
  t.is(after.status, 0, after.stderr);
  const reached = JSON.parse(after.stdout);
  t.like(reached, { reached: true, behind: [] });
  t.true(reached.checkpoint > checkpoint && syncPoint >= reached.checkpoint);
  t.deepEqual(await checkpointOf(volume), { timeUs: reached.checkpoint, behind: [] });
  t.regex(await volume.markerfs('status', volume.source), /^checkpoint +.*, reached$/m);
});

test('a paused slave is not waited for, and does not have what was there then', async (t) => {
  const volume = await TestVolume.mounted(t);
  const other = `${volume.slave}.other`;
  mkdirSync(other);
  await volume.markerfs('slave', 'add', volume.source, 'other', other);
  await volume.markerfs('ship', volume.source);
  await volume.markerfs('slave', 'pause', volume.source, 'other');
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  const waiting = volume.tryMarkerfs('checkpoint', volume.source, '--wait', '--json');
  let over = false;
  void waiting.then(() => (over = true));
  while (!over) await volume.ship();
  const { status, stdout } = await waiting;
  t.is(status, 3);
  t.like(JSON.parse(stdout), { reached: false, behind: ['other'] });
  t.false(existsSync(join(other, 'file')));
  await volume.markerfs('slave', 'resume', volume.source, 'other');
  await volume.markerfs('ship', volume.source);
  for (const slave of [volume.slave, other]) t.is(readFileSync(join(slave, 'file'), 'utf8'), 'content');
});

test('a checkpoint needs no mount', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.umount();
  const { status, stdout } = await volume.tryMarkerfs('checkpoint', volume.source, '--json');
  t.is(status, 3);
  t.true((await volume.ship()).syncPoint! > JSON.parse(stdout).checkpoint);
  t.is(readFileSync(join(volume.slave, 'file'), 'utf8'), 'content');
});

test('failures names each path that could not be shipped, and why', async (t) => {
  const volume = await TestVolume.mounted(t);
  const stuck = join(volume.slave, 'stuck');
  writeFileSync(join(volume.mountpoint, 'stuck'), 'old');
  await volume.ship();
  t.is(await volume.markerfs('failures', volume.source), '');
  await must(['chattr', '+i', stuck]);
  t.teardown(() => run(['chattr', '-f', '-i', stuck]));
  writeFileSync(join(volume.mountpoint, 'stuck'), 'new');
  t.is((await volume.tryMarkerfs('ship', volume.source)).status, 3);
  t.regex(
    await volume.markerfs('failures', volume.source),
    /^copy: stuck: .*not permitted.* \(tried 1 time, next try /,
  );
  const failure = JSON.parse(await volume.markerfs('failures', volume.source, '--slave', 'copy', '--json'));
  t.like(failure, { slave: 'copy', path: 'stuck', attempts: 1 });
  await must(['chattr', '-i', stuck]);
  await volume.ship();
  t.is(await volume.markerfs('failures', volume.source), '');
});
