import { linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Companion } from '../support/companion.js';
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

/** What comes between a step and its pass. */
const BETWEEN: Readonly<Record<string, (volume: TestVolume) => Promise<unknown>>> = {
  'by the journal': async () => undefined,
  'by a walk, the index of names lost': async (volume) => {
    await volume.umount();
    volume.removeJournal();
    await volume.mount();
  },
  'after a crash, which may take the last names from the index': async (volume) => {
    await volume.endDaemon('SIGKILL');
    await volume.mount();
  },
};

for (const [title, between] of Object.entries(BETWEEN)) {
  test(`hard links stay hard links, ${title}`, async (t) => {
    const volume = await TestVolume.mounted(t);
    await volume.ship();
    for (const step of STEPS) {
      await script(`cd "$1"; ${step}`, [volume.mountpoint]);
      await between(volume);
      t.is((await volume.ship()).crawl, title === 'by the journal' ? 'journal' : 'walk');
      t.is(await differences(volume.source, volume.slave), '', step);
    }
  });
}

/**
 * The other name was made before the volume was, and nobody has used it: when the one that a program writes through is removed, no name of what
 * it writes is known. The change was neither marked nor recorded, and the slave kept the old content for good.
 */
test('what is written through a removed name arrives under the names that nobody has used', async (t) => {
  const volume = await TestVolume.create(t);
  const [used, unused] = ['used', 'unused'].map((name) => join(volume.source, name, 'file')) as [string, string];
  for (const name of ['used', 'unused']) mkdirSync(join(volume.source, name));
  writeFileSync(used, 'before');
  linkSync(used, unused);
  await volume.mount();
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await volume.ship();

  const name = join(volume.mountpoint, 'used/file');
  const writer = new Companion(t, [
    'bash',
    '-c',
    'exec 3>>"$0"; rm "$0"; while read -r line; do echo "$line" >&3; echo done; done',
    name,
  ]);
  for (const line of ['one', 'two']) {
    t.is(await writer.ask(line), 'done');
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '', line);
  }
  t.is(await writer.ask('three'), 'done');
  await writer.end();
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
  t.is(readFileSync(join(volume.slave, 'unused/file'), 'utf8'), 'beforeone\ntwo\nthree\n');
});
