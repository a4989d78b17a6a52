import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

/** Writes to a file of the mount, on and on, until it is removed. */
const WRITER = 'while [ -e "$1/mount/go" ]; do echo x >>"$1/mount/through"; sleep 0.01; done';

test('rescan takes in what was changed behind a mount that is written to, and later passes go by the journal', async (t) => {
  const volume = await TestVolume.mounted(t);
  await script('cd "$1"; mkdir -p d/e; echo one >d/one; echo two >d/e/two; touch go through', [volume.mountpoint]);
  await volume.ship();
  const writing = must(['bash', '-c', WRITER, 'bash', volume.work]);
  await script('cd "$1"; touch -r d/one r; printf "ONE\n" >d/one; touch -r r d/one; rm r; mv d/e f; chmod 700 d', [
    volume.source,
  ]);
  await volume.ship();
  t.not(await differences(join(volume.source, 'd'), join(volume.slave, 'd')), '', 'nothing saw it');
  const found = JSON.parse(await volume.markerfs('rescan', volume.mountpoint, '--json'));
  t.like(found, { path: '', missed: 0, slaves: ['copy'] });
  t.true(found.marked >= 3, JSON.stringify(found));
  await script('rm "$1/go"', [volume.mountpoint]);
  await writing;
  t.is((await volume.ship()).crawl, 'walk');
  t.is(await differences(volume.source, volume.slave), '');
  t.is((await volume.ship()).crawl, 'journal');

  // With nothing mounted, and a path.
  await volume.umount();
  writeFileSync(join(volume.source, 'd/one'), 'uno');
  t.regex(
    await volume.markerfs('rescan', volume.source, 'd'),
    /^2 objects looked at, 1 object marked, .*\nThe next pass of copy brings it$/,
  );
  await volume.mount();
  writeFileSync(join(volume.mountpoint, 'after'), 'x');
  t.is((await volume.ship()).crawl, 'walk');
  t.is(await differences(volume.source, volume.slave), '');
});

test('rescan tells what it cannot do', async (t) => {
  const volume = await TestVolume.mounted(t);
  const rows: [string[], RegExp][] = [
    [['none'], /^markerfs: Cannot rescan "none": it is not there; if it was removed, give the directory/],
    [[volume.slave], /^markerfs: Cannot find the volume of/],
    [['.markerfs'], /^markerfs: Cannot rescan "\.markerfs": it is a state folder, which is never shipped/],
  ];
  for (const [args, message] of rows) {
    const { status, stderr } = await volume.tryMarkerfs('rescan', volume.source, ...args);
    t.is(status, 1);
    t.regex(stderr, message);
  }
});
