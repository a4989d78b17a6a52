import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { isMounted } from '../support/mounts.js';
import { must, run } from '../support/run.js';
import { Terminal } from '../support/terminal.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

const VERIFIER = '/usr/bin/systemd-analyze';

test('install-service writes units that systemd takes, and the variables of the volume', async (t) => {
  const volume = await TestVolume.mounted(t);
  const etc = join(volume.work, 'etc');
  const install = (...options: string[]) =>
    volume.tryMarkerfs('install-service', volume.source, '--etc', etc, ...options);
  const printed = await install('--print', '--name', 'data');
  t.regex(printed.stdout, /^# .*\/etc\/systemd\/system\/markerfs@\.service$/m);
  t.throws(() => readdirSync(etc), { code: 'ENOENT' });

  const { stdout } = await install('--name', 'data');
  t.regex(stdout, /^systemctl enable --now markerfs@data\.service markerfs-ship@data\.timer$/m);
  const units = join(etc, 'systemd/system');
  const instances = readdirSync(units).map((name) => {
    const file = join(units, name.replace('@.', '@data.'));
    writeFileSync(file, readFileSync(join(units, name)));
    return file;
  });
  t.is(instances.length, 3);
  const { status, stderr } = await run([VERIFIER, 'verify', ...instances]);
  t.is(stderr, '');
  t.is(status, 0);

  const conf = join(etc, 'markerfs/data.conf');
  const variables = await must([
    'bash',
    '-c',
    '. "$1"; echo "$SOURCE|$MOUNTPOINT|$OPTIONS|$SHIP_OPTIONS"',
    'bash',
    conf,
  ]);
  t.is(variables, `${volume.source}|${volume.mountpoint}|rw|--max-delete=10000`);
  writeFileSync(conf, 'mine');
  const again = await install('--name', 'data');
  t.is(again.stderr, `markerfs: Left "${conf}" as it is`);
  t.is(readFileSync(conf, 'utf8'), 'mine');
  const wrong = await install('--name', 'a b');
  t.is(wrong.status, 1);
  t.regex(wrong.stderr, /Cannot make a service of volume ".*": "a b" is no name for one; give --name/);
});

test('install-service --config writes one unit that serves the file', async (t) => {
  const volume = await TestVolume.create(t);
  const etc = join(volume.work, 'etc');
  const file = join(volume.work, 'my.toml');
  const install = (...options: string[]) => volume.tryMarkerfs('install-service', '--etc', etc, ...options);
  const { stdout, stderr } = await install('--config', file);
  t.deepEqual([stderr, stdout], ['', 'systemctl daemon-reload\nsystemctl enable --now markerfs.service']);
  const unit = join(etc, 'systemd/system/markerfs.service');
  t.deepEqual(readdirSync(join(etc, 'systemd/system')), ['markerfs.service']);
  t.regex(readFileSync(unit, 'utf8'), new RegExp(`^ExecStart=\\S.* config run ${file}$`, 'm'));
  const verified = await run([VERIFIER, 'verify', unit]);
  t.deepEqual([verified.status, verified.stderr], [0, '']);
  for (const wrong of [[], ['--config', file, volume.source]]) t.is((await install(...wrong)).status, 2);
  t.is((await install('--config', `${file} %`)).status, 1);
});

/** Prints what comes to a datagram socket, as systemd would read it. */
const SERVICE_MANAGER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True: print(s.recv(4096).decode().strip(), flush=True)
`;

test('a service in the foreground says that it is ready, and then that it answers', async (t) => {
  const volume = await TestVolume.create(t);
  const socket = join(volume.work, 'notify');
  const manager = new Terminal(t, ['python3', '-c', SERVICE_MANAGER, socket]);
  await manager.waitFor('listening');
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' };
  const service = new Terminal(t, [process.execPath, MARKERFS, '-f', volume.source, volume.mountpoint], env);
  await manager.waitFor('READY=1');
  t.true(service.text.includes('Mounted '));
  await manager.waitFor(/WATCHDOG=1[\s\S]*WATCHDOG=1/);
  await volume.umount();
  t.is(await service.end(), 0);
});

test('so does one that serves a configuration file', async (t) => {
  const volume = await TestVolume.create(t);
  const socket = join(volume.work, 'notify');
  const manager = new Terminal(t, ['python3', '-c', SERVICE_MANAGER, socket]);
  await manager.waitFor('listening');
  const file = join(volume.work, 'markerfs.toml');
  writeFileSync(file, `[[volume]]\nsource = "${volume.source}"\nmountpoint = "${volume.mountpoint}"\n`);
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' };
  const service = new Terminal(t, [process.execPath, MARKERFS, 'config', 'run', file], env);
  await manager.waitFor(/READY=1[\s\S]*WATCHDOG=1[\s\S]*WATCHDOG=1/);
  t.true(service.text.includes('Mounted '));
  service.type('\u0003');
  t.is(await service.end(), 0);
  t.false(isMounted(volume.mountpoint));
});

test('a mount that hangs loses its daemon and is mounted again; the service and its other volumes go on', async (t) => {
  const volumes = [await TestVolume.create(t), await TestVolume.create(t)] as const;
  const [hung, well] = volumes;
  const socket = join(hung.work, 'notify');
  const manager = new Terminal(t, ['python3', '-c', SERVICE_MANAGER, socket]);
  await manager.waitFor('listening');
  const file = join(hung.work, 'markerfs.toml');
  const listed = volumes.map(
    ({ source, mountpoint }) => `[[volume]]\nsource = "${source}"\nmountpoint = "${mountpoint}"\n`,
  );
  writeFileSync(file, listed.join(''));
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '6000000' };
  const service = new Terminal(t, [process.execPath, MARKERFS, 'config', 'run', file], env);
  await manager.waitFor('READY=1');
  const [stopped, other] = [hung.daemonPid(), well.daemonPid()];
  process.kill(stopped, 'SIGSTOP');
  await service.waitFor(`does not answer: its daemon (pid ${stopped}) is killed`);
  await service.waitFor(/Removed the mount that a killed daemon had left at [\s\S]*Mounted /);
  t.not(hung.daemonPid(), stopped);
  t.is(well.daemonPid(), other);
  const heard = manager.text.length;
  await waitUntil('the service is well', () => (manager.text.length > heard ? undefined : manager.text));
  service.type('\u0003');
  t.is(await service.end(), 0);
  for (const { mountpoint } of volumes) t.false(isMounted(mountpoint));
});
