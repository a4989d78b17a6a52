import { linkSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { TestVolume } from '../support/volume.js';

const MINUTE = 60_000;

test('old versions are listed, and restored into the mount or elsewhere, and nothing is written over', async (t) => {
  const volume = await TestVolume.mounted(t);
  const { source, mountpoint, slave, work } = volume;
  await volume.markerfs('slave', 'set', source, 'copy', 'keep-versions=4w');
  mkdirSync(join(mountpoint, 'dir/sub'), { recursive: true });
  writeFileSync(join(mountpoint, 'dir/#file'), 'one', { mode: 0o640 });
  writeFileSync(join(mountpoint, 'dir/sub/a'), 'linked');
  linkSync(join(mountpoint, 'dir/sub/a'), join(mountpoint, 'dir/sub/b'));
  utimesSync(join(mountpoint, 'dir/#file'), 1000, 1000.5);
  utimesSync(join(mountpoint, 'dir'), 2000, 2000);
  await volume.ship();
  const first = new Date().toISOString();
  writeFileSync(join(mountpoint, 'dir/#file'), 'three');
  await volume.ship();
  writeFileSync(join(mountpoint, 'dir/later'), 'later');
  rmSync(join(mountpoint, 'dir/sub'), { recursive: true });
  await volume.ship();

  const listed = (await volume.markerfs('versions', source, 'dir/#file', '--json')).split('\n');
  const [one, now] = listed.map((line) => JSON.parse(line) as Record<string, unknown>);
  t.like(one, { slave: 'copy', kind: 'file', bytes: 3, modifiedUs: 1000.5e6 });
  t.like(now, { bytes: 5, untilUs: null });
  t.true(Math.abs(Date.now() - Number(one?.untilUs) / 1000) < 10 * MINUTE);
  t.regex(
    await volume.markerfs('versions', source, join(mountpoint, 'dir/#file')),
    /^SINCE .*\n\S+ \S+Z +\S+ \S+Z +3 B .* copy\n/,
  );

  const refused = await volume.tryMarkerfs('restore', source, 'dir/#file', '--at', first);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /is there, and is not written over/);
  t.is(readFileSync(join(mountpoint, 'dir/#file'), 'utf8'), 'three');
  rmSync(join(mountpoint, 'dir/#file'));
  await volume.markerfs('restore', source, 'dir/#file', '--at', first);
  t.is(readFileSync(join(mountpoint, 'dir/#file'), 'utf8'), 'one');
  t.is((await volume.ship()).shipped > 0, true);
  t.is(readFileSync(join(slave, 'dir/#file'), 'utf8'), 'one');

  const to = join(work, 'to');
  mkdirSync(to, { mode: 0o711 });
  utimesSync(to, 5000, 5000);
  // On the slave's own machine its directory is enough.
  await volume.markerfs('restore', slave, 'dir', '--at', first, '--to', to);
  t.is(readFileSync(join(to, 'dir/#file'), 'utf8'), 'one');
  t.is(lstatSync(join(to, 'dir/#file')).mode & 0o777, 0o640);
  t.is(statSync(join(to, 'dir/sub/a')).ino, statSync(join(to, 'dir/sub/b')).ino);
  t.throws(() => statSync(join(to, 'dir/later')), { code: 'ENOENT' });
  t.is(statSync(to).mode & 0o777, 0o711);

  const nothing = await volume.tryMarkerfs('restore', source, 'dir/later', '--at', first, '--to', work);
  t.regex(nothing.stderr, /nothing was there at that time/);
  const second = join(work, 'second');
  mkdirSync(second);
  await volume.markerfs('slave', 'add', source, 'second', second);
  const unsaid = await volume.tryMarkerfs('restore', source, 'dir', '--at', first, '--to', work);
  t.deepEqual([unsaid.status, unsaid.stdout], [2, '']);
  t.regex(unsaid.stderr, /several slaves may have it; give one with --slave: "copy", "second"$/);
  await volume.markerfs('restore', source, 'dir', '--at', first, '--to', work, '--slave', 'copy');
  t.true(statSync(join(work, 'dir')).isDirectory());
  t.is((await volume.tryMarkerfs('versions', source, '../x')).status, 2);
  t.is((await volume.tryMarkerfs('restore', source, 'dir', '--at', 'noon')).status, 2);
});
