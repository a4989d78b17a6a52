import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

test('a pass that would delete more than it may fails with nothing deleted; one that may deletes it all', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (name: string) => join(volume.mountpoint, name);
  mkdirSync(at('folder'));
  for (let number = 0; number < 5; number++) writeFileSync(at(`folder/${number}`), '');
  writeFileSync(at('single'), '');
  await volume.ship();
  rmSync(at('folder'), { recursive: true });
  writeFileSync(at('new'), 'data');
  const ship = (most: number) => volume.tryMarkerfs('ship', volume.source, '--max-delete', String(most));
  const refused = await ship(5);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /more than 5 objects would go, such as "folder/);
  for (let number = 0; number < 5; number++) t.true(existsSync(join(volume.slave, `folder/${number}`)));
  const { slaves } = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.is(slaves[0].state, 'faulty');
  rmSync(at('single'));
  t.is((await ship(5)).status, 1);
  t.true(existsSync(join(volume.slave, 'single')));
  t.is((await ship(7)).status, 0);
  t.is(await differences(volume.source, volume.slave), '');
});

test('a directory that a file has replaced counts with all that is in it', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (name: string) => join(volume.mountpoint, name);
  mkdirSync(at('folder'));
  for (let number = 0; number < 5; number++) writeFileSync(at(`folder/${number}`), '');
  await volume.ship();
  rmSync(at('folder'), { recursive: true });
  writeFileSync(at('folder'), 'a file');
  const ship = (most: number) => volume.tryMarkerfs('ship', volume.source, '--max-delete', String(most));
  t.is((await ship(5)).status, 1);
  t.true(existsSync(join(volume.slave, 'folder/4')));
  t.is((await ship(6)).status, 0);
  t.is(await differences(volume.source, volume.slave), '');
});

test('a limit in percent is of what the slave has; --confirm-deletes lifts every limit', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (name: string) => join(volume.mountpoint, name);
  for (let number = 0; number < 10; number++) mkdirSync(at(String(number)));
  await volume.ship();
  for (let number = 0; number < 3; number++) rmSync(at(String(number)), { recursive: true });
  const ship = (...options: string[]) => volume.tryMarkerfs('ship', volume.source, ...options);
  const refused = await ship('--max-delete', '29%', '--max-delete', '1000');
  t.is(refused.status, 1);
  t.regex(refused.stderr, /: 3 objects would go, more than 29 %; if they are to go, ship once with --confirm-deletes$/);
  t.true(existsSync(join(volume.slave, '0')));
  t.is((await ship('--max-delete', '30%')).status, 0);
  t.false(existsSync(join(volume.slave, '0')));
  for (let number = 3; number < 10; number++) rmSync(at(String(number)), { recursive: true });
  t.is((await ship('--max-delete', '1')).status, 1);
  await volume.markerfs('slave', 'set', volume.source, 'copy', 'max-delete=6');
  // What is set for the slave holds, whatever more this command allows.
  t.regex((await ship('--max-delete', '100')).stderr, /more than 6 objects would go/);
  t.regex((await ship('--dry-run')).stderr, /more than 6 objects would go/);
  t.is((await ship('--max-delete', '1', '--confirm-deletes')).status, 0);
  t.is(await differences(volume.source, volume.slave), '');
});

test('nothing is deleted because a source is empty all of a sudden, unless that is confirmed', async (t) => {
  const volume = await TestVolume.mounted(t);
  mkdirSync(join(volume.mountpoint, 'folder'));
  for (let number = 0; number < 100; number++) writeFileSync(join(volume.mountpoint, `folder/${number}`), '');
  await volume.ship();
  rmSync(join(volume.mountpoint, 'folder'), { recursive: true });
  const refused = await volume.tryMarkerfs('ship', volume.source);
  t.is(refused.status, 1);
  t.regex(
    refused.stderr,
    /: the source is empty; is its disk mounted\? more than 100 objects would go, such as "folder/,
  );
  t.true(existsSync(join(volume.slave, 'folder/99')));
  await volume.markerfs('ship', volume.source, '--confirm-deletes');
  t.is(await differences(volume.source, volume.slave), '');
});
