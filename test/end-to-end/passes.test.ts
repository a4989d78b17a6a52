import { join } from 'node:path';
import test from 'ava';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { PROJECT, TestVolume } from '../support/volume.js';

test('a pass costs what changed: nothing, ten files, then nothing again', async (t) => {
  const volume = await TestVolume.mounted(t);
  await must([
    'cp',
    '-a',
    join(PROJECT, 'node_modules/typescript'),
    join(PROJECT, 'node_modules/ava'),
    volume.mountpoint,
  ]);
  t.is((await volume.ship()).crawl, 'initial');
  t.is(await differences(volume.source, volume.slave), '');

  t.is((await volume.ship()).considered, 0);

  await script(
    'cd "$1"; for file in typescript/lib/*.json typescript/lib/lib.es2015.*.ts; do echo more >> "$file"; done',
    [volume.mountpoint],
  );
  const pass = await volume.ship();
  t.is(pass.crawl, 'journal');
  t.true(pass.considered > 0 && pass.considered < 100, `considered ${pass.considered}`);
  t.is(await differences(volume.source, volume.slave), '');

  t.is((await volume.ship()).considered, 0);
});

test('the journal may be removed at any time: the next pass walks, and the one after it has a journal again', async (t) => {
  const volume = await TestVolume.mounted(t);
  await script('mkdir "$1/folder"; echo data > "$1/folder/file"', [volume.mountpoint]);
  await volume.ship();
  for (const crawl of ['walk', 'journal', 'walk', 'journal'] as const) {
    if (crawl === 'walk') volume.removeJournal();
    await script(
      'cd "$1"; echo more >> folder/file; mv folder renamed; mv renamed/file .; mkdir folder; mv file folder; rmdir renamed',
      [volume.mountpoint],
    );
    t.is((await volume.ship()).crawl, crawl);
    t.is(await differences(volume.source, volume.slave), '');
  }
});
