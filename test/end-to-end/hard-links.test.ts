import test from 'ava';
import { script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

/** One after the other, in a tree that begins empty; the slave has to have the same links after each. */
const STEPS = [
  'mkdir here there; echo data > here/a; ln here/a here/b; ln here/a there/c',
  'echo more >> there/c',
  'chmod 0640 here/b',
  'mv here/b there/moved',
  'ln there/c here/late',
  'rm here/a',
  'mv here elsewhere; echo again >> there/moved',
  'cp -a there/c there/broken; mv there/broken there/c',
  'rm there/moved',
];

for (const crawl of ['journal', 'walk'] as const) {
  test(`hard links stay hard links, by ${crawl}`, async (t) => {
    const volume = await TestVolume.mounted(t);
    await volume.ship();
    for (const step of STEPS) {
      await script(`cd "$1"; ${step}`, [volume.mountpoint]);
      if (crawl === 'walk') {
        await volume.umount();
        volume.removeJournal();
        await volume.mount();
      }
      t.is((await volume.ship()).crawl, crawl);
      t.is(await differences(volume.source, volume.slave), '', step);
    }
  });
}
