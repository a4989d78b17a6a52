import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { PROJECT, TestVolume } from '../support/volume.js';

/** Changes of names, each a script that runs in a shipped tree with the folders `old` and `other`, both full. */
const MOVES: Readonly<Record<string, string>> = {
  'a directory gets another name': 'mv old new',
  'a directory moves into another and changes inside': 'mv old other/old; echo more >> other/old/index.js',
  'a directory changes inside and moves': 'echo more >> old/index.js; mv old new; mv new newer',
  'two directories swap their names': 'mv old third; mv other old; mv third other',
  'a directory takes the place of a removed one': 'rm -r other; mv old other',
  'a file takes the name of a directory': 'mv old/index.js kept; rm -r old; mv kept old',
  'a directory takes the name of a file': 'rm file; mv old file',
  'a moved directory is removed': 'mv old new; rm -r new',
  'a file replaces another': 'mv old/index.js file',
  'a new directory takes the old name': 'mv old new; mkdir old; echo > old/index.js',
  'a directory moves out of a removed one': 'mv old/lib kept; rm -r old',
  'directories exchange their names at once':
    'mv --exchange old other 2>/dev/null || { mv old x; mv other old; mv x other; }',
};

/** A volume whose slave has everything, so that all marks are older than its sync point. */
async function shippedVolume(t: ExecutionContext): Promise<TestVolume> {
  const volume = await TestVolume.mounted(t);
  await script('cp -a "$2/node_modules/execa" "$1/old"; cp -a "$2/node_modules/ava" "$1/other"; echo > "$1/file"', [
    volume.mountpoint,
    PROJECT,
  ]);
  await volume.ship();
  return volume;
}

for (const [title, move] of Object.entries(MOVES)) {
  test(`by journal: ${title}`, async (t) => {
    const volume = await shippedVolume(t);
    await script(`cd "$1"; ${move}`, [volume.mountpoint]);
    t.is((await volume.ship()).crawl, 'journal');
    t.is(await differences(volume.source, volume.slave), '');
  });

  test(`by walk: ${title}`, async (t) => {
    const volume = await shippedVolume(t);
    await script(`cd "$1"; ${move}`, [volume.mountpoint]);
    await volume.umount();
    volume.removeJournal();
    await volume.mount();
    t.is((await volume.ship()).crawl, 'walk');
    t.is(await differences(volume.source, volume.slave), '');
  });
}

test('the new name of a large directory is a rename on the slave, not a copy', async (t) => {
  const volume = await shippedVolume(t);
  const inode = (name: string) => must(['stat', '-c', '%i', join(volume.slave, name, 'index.js')]);
  const before = await inode('old');
  await must(['mv', join(volume.mountpoint, 'old'), join(volume.mountpoint, 'new')]);
  const pass = await volume.ship();
  t.is(pass.renamed, 1);
  t.true(pass.considered < 10, `considered ${pass.considered}`);
  t.is(await inode('new'), before);
});
