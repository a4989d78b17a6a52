import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must, run } from '../support/run.js';
import { differences } from '../support/trees.js';
import { PROJECT, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

/** A real tree, large enough for a copy of it to be in its middle for a while. */
const ORIGINAL = join(PROJECT, 'node_modules');
/** So many of its folders have begun to arrive when the daemon is killed. */
const FOLDERS = 20;

function foldersIn(tree: string): number {
  try {
    return readdirSync(tree).length;
  } catch {
    return 0;
  }
}

test('SIGKILL of the daemon in the middle of cp -a loses nothing', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  const copy = join(volume.source, 'copy');
  const copying = run(['cp', '-a', ORIGINAL, join(volume.mountpoint, 'copy')]);
  await waitUntil('the copy is in its middle', () =>
    foldersIn(copy) >= FOLDERS ? undefined : `${foldersIn(copy)} folders of ${FOLDERS}`,
  );
  await volume.endDaemon('SIGKILL');
  t.not((await copying).status, 0, 'the copy was over too early');

  t.regex(await volume.mount(), /dead mount|killed/i);
  const pass = await volume.ship();
  t.is(pass.crawl, 'walk', 'the journal may lack its last moments');
  t.is(await differences(volume.source, volume.slave), '');

  await must(['cp', '-a', `${ORIGINAL}/.`, join(volume.mountpoint, 'copy')]);
  await volume.ship();
  t.is(await differences(ORIGINAL, join(volume.source, 'copy')), '');
  t.is(await differences(volume.source, volume.slave), '');
});

test('what was written before a SIGKILL and not shipped is shipped after it', async (t) => {
  const volume = await TestVolume.mounted(t);
  await must(['cp', '-a', join(ORIGINAL, 'execa'), volume.mountpoint]);
  await volume.ship();
  await must([
    'bash',
    '-c',
    'cd "$1/execa"; echo more >> readme.md; rm license; mv lib new',
    'bash',
    volume.mountpoint,
  ]);
  await volume.endDaemon('SIGKILL');
  await volume.mount();
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('what was written before a SIGKILL is shipped with nothing mounted', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  await must(['cp', '-a', join(ORIGINAL, 'execa'), volume.mountpoint]);
  await volume.endDaemon('SIGKILL');
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('a mount right after a SIGKILL finds the dead mount, though the kernel still answers for its root', async (t) => {
  const volume = await TestVolume.mounted(t);
  // From its cache of attributes.
  await must(['stat', volume.mountpoint]);
  await volume.endDaemon('SIGKILL');
  t.regex(await volume.mount(), /dead mount|killed/i);
});
