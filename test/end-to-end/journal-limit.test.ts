import { join } from 'node:path';
import test from 'ava';
import type { VolumeStatus } from '../../src/journal/status.js';
import { script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

/** Each makes a record; so many take more than the limit. */
const RENAMES = `
use strict; my $dir = shift; open(my $made, '>', "$dir/a") or die;
for (1 .. 4000) { rename("$dir/a", "$dir/b") or die; rename("$dir/b", "$dir/a") or die; }`;

test('a slave that lacks records which the journal had no room for walks, and becomes equal', async (t) => {
  const volume = await TestVolume.create(t);
  await volume.markerfs(volume.source, volume.mountpoint, '-o', 'journal-limit=256K');
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await volume.ship();
  await script('mkdir "$1/sub"; perl -e "$2" "$1/sub"; echo new >"$1/sub/new"', [volume.mountpoint, RENAMES]);
  const { journal } = (JSON.parse(await volume.markerfs('status', volume.source, '--json')) as VolumeStatus).volume;
  t.true(journal.head > 8000 && journal.records < journal.head / 2, JSON.stringify(journal));
  t.false(journal.whole);
  t.is((await volume.ship()).crawl, 'walk');
  t.is(await differences(volume.source, volume.slave), '');
  await script('echo more >"$1/sub/new"', [volume.mountpoint]);
  t.is((await volume.ship()).crawl, 'journal');
  t.is(await differences(join(volume.source, 'sub'), join(volume.slave, 'sub')), '');
});
