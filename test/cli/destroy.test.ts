import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must } from '../support/run.js';
import { Terminal } from '../support/terminal.js';
import { PROJECT, TestVolume } from '../support/volume.js';

test('destroy leaves plain trees, and refuses while the volume is mounted', async (t) => {
  const volume = await TestVolume.mounted(t);
  mkdirSync(join(volume.mountpoint, 'directory'));
  writeFileSync(join(volume.mountpoint, 'directory/file'), 'content');
  await volume.ship();
  const marks = () => must(['getfattr', '-R', '-P', '-d', '-m', 'markerfs', volume.source]);
  const refused = await volume.tryMarkerfs('destroy', volume.source, '--yes');
  t.is(refused.status, 1);
  t.regex(refused.stderr, /Cannot destroy volume ".*": it is mounted on ".*"; unmount it first/);
  await volume.umount();
  t.not(await marks(), '');

  const unasked = await volume.tryMarkerfs('destroy', volume.source);
  t.deepEqual([unasked.status, unasked.stdout], [2, '']);
  t.regex(unasked.stderr, /that was not confirmed; give --yes$/);
  const program = [process.execPath, join(PROJECT, 'dist/src/cli/main.js'), 'destroy', volume.source];
  const declined = new Terminal(t, program);
  await declined.waitFor('Type yes: ');
  declined.type('no\n');
  t.is(await declined.end(), 2);
  t.not(await marks(), '');

  const confirmed = new Terminal(t, program);
  await confirmed.waitFor('Type yes: ');
  confirmed.type('yes\n');
  t.is(await confirmed.end(), 0);
  t.true(confirmed.text.includes('Destroyed: marks of 3 objects, state of 1 slave; all files stay'), confirmed.text);
  t.is(await marks(), '');
  for (const tree of [volume.source, volume.slave]) t.deepEqual(readdirSync(tree), ['directory']);
  t.true(existsSync(join(volume.slave, 'directory/file')));
});

test('what else lies in a state folder elsewhere stays', async (t) => {
  const volume = await TestVolume.create(t);
  const state = join(volume.work, 'state');
  const options = ['--state-dir', state];
  await volume.markerfs(volume.source, volume.mountpoint, ...options);
  await volume.markerfs('umount', volume.mountpoint, ...options);
  writeFileSync(join(state, 'notes'), '');
  const { status, stderr } = await volume.tryMarkerfs('destroy', volume.source, '--yes', ...options);
  t.is(status, 0);
  t.is(stderr, `markerfs: Left "notes" in "${state}": it is not markerfs's`);
  t.deepEqual(readdirSync(state), ['notes']);
});
