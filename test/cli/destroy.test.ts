import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { destroy } from '../../src/ship/destroy.js';
import { firstGlance } from '../../src/ship/glance.js';
import { UserError } from '../../src/volume/errors.js';
import { State } from '../../src/volume/state.js';
import { openVolume } from '../../src/volume/volume.js';
import { must } from '../support/run.js';
import { Terminal } from '../support/terminal.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

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
  const program = [process.execPath, MARKERFS, 'destroy', volume.source];
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

test('destroy tells how far it is, and what was interrupted is done by the next one', async (t) => {
  const volume = await TestVolume.mounted(t);
  mkdirSync(join(volume.mountpoint, 'directory'));
  writeFileSync(join(volume.mountpoint, 'directory/file'), 'content');
  await volume.umount();
  // A slave whose ssh gets nowhere until somebody lets it go.
  const state = State.open(openVolume(volume.source));
  state.slaves.add({ name: 'far', id: 'far', target: 'far:/copy', addedUs: 1 });
  state.close();
  const gate = join(volume.work, 'gate');
  await must(['mkfifo', gate]);
  writeFileSync(join(volume.work, 'ssh'), `#!/bin/sh\nread -r line <'${gate}'\nexit 255\n`, { mode: 0o755 });
  const program = [process.execPath, MARKERFS, 'destroy', '--yes', volume.source];
  const terminal = new Terminal(t, program, { PATH: `${volume.work}:${process.env.PATH}` });
  await terminal.waitFor(/destroy.* \d+\.\d s/);
  terminal.type('\u0003');
  writeFileSync(gate, '\n');
  t.is(await terminal.end(), 1);
  const end = terminal.text.slice(terminal.text.lastIndexOf('\r\u001b[K') + 4);
  t.regex(end, /^markerfs: Cannot take all marks .*: it was interrupted; run it again for the rest\r\n$/);

  const glance = firstGlance();
  const signal = AbortSignal.abort();
  await t.throwsAsync(destroy(openVolume(volume.source), { signal }), { instanceOf: UserError });
  t.is((await destroy(openVolume(volume.source), { glance })).unmarked, 3);
  t.is(glance.objects, 2);
  t.is(glance.path, 'directory/file');
});
