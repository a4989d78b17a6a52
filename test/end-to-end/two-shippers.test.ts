import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { endProcess } from '../support/processes.js';
import { differences } from '../support/trees.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

/** Begins a pass whose rsync never ends; resolves when it has begun. */
async function hangingPass(t: ExecutionContext, volume: TestVolume) {
  const programs = join(volume.work, 'bin');
  const started = join(volume.work, 'rsync-pid');
  mkdirSync(programs);
  writeFileSync(
    join(programs, 'rsync'),
    `#!/bin/sh\necho $$ >"${started}.new"\nmv "${started}.new" "${started}"\nexec sleep 600\n`,
    {
      mode: 0o755,
    },
  );
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
  const args = [MARKERFS, 'ship', volume.source];
  const shipper = spawn(process.execPath, args, { env, stdio: 'ignore' });
  t.teardown(() => shipper.kill('SIGKILL'));
  await waitUntil('its rsync runs', () => (existsSync(started) ? undefined : 'not yet'));
  const rsync = Number(readFileSync(started, 'utf8'));
  t.teardown(() => endProcess(rsync, 'SIGKILL'));
  return { pid: shipper.pid!, kill: () => endProcess(shipper.pid!, 'SIGKILL') };
}

for (const mounted of [true, false]) {
  test(`a second shipper is refused with the pid of the first, and takes over when that was killed, ${mounted ? 'mounted' : 'with nothing mounted'}`, async (t) => {
    const volume = await TestVolume.mounted(t);
    writeFileSync(join(volume.mountpoint, 'file'), 'x');
    if (!mounted) await volume.umount();
    const first = await hangingPass(t, volume);
    const { status, stderr } = await volume.tryMarkerfs('ship', volume.source);
    t.is(status, 1);
    t.is(
      stderr,
      `markerfs: copy: Cannot lock volume "${volume.source}": slave "copy" is being shipped, by pid ${first.pid}; wait for its end`,
    );
    if (!mounted) {
      const second = await volume.tryMarkerfs(volume.source, volume.mountpoint);
      t.is(
        second.stderr,
        `markerfs: Cannot lock volume "${volume.source}": it is being shipped, or mounted or unmounted just now, by pid ${first.pid}; wait for its end`,
      );
    }
    await first.kill();
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '');
  });
}
