import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { isMounted } from '../support/mounts.js';
import { waitForEnd } from '../support/processes.js';
import { must, run, script } from '../support/run.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

/** The options of a mount, and those of its filesystem, as the kernel shows them. */
function shownOptions(mountpoint: string): string[] {
  const line = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .find((text) => text.split(' ')[4] === mountpoint);
  const fields = line?.split(' ') ?? [];
  return [...(fields[5] ?? '').split(','), ...(fields.at(-1) ?? '').split(',')];
}

/**
 * Runs mount(8) as if markerfs were installed in /usr/local/bin: mount(8) passes no PATH on, so its helper finds programs
 * only in the usual places. It runs where another folder lies over that one, which nobody else sees; what it mounts in the
 * folder of the test is seen everywhere.
 */
async function mountInstalled(t: ExecutionContext, { work, program }: TestVolume, ...args: string[]): Promise<void> {
  const bin = join(work, 'bin');
  mkdirSync(bin);
  const installed = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  writeFileSync(join(bin, 'markerfs'), installed, { mode: 0o755 });
  await script('mount --bind "$1" "$1"; mount --make-shared "$1"', [work]);
  t.teardown(() => run(['umount', '--lazy', work]));
  const elsewhere = ['unshare', '--mount', '--propagation', 'unchanged', 'bash', '-euc'];
  const place = 'mount --make-private "$(stat -c %m /usr/local/bin)"; mount --bind "$0" /usr/local/bin; mount "$@"';
  await must([...elsewhere, place, bin, ...args]);
}

/** Unmounts with some command; the daemon has to end by itself, and to leave everything in order. */
async function unmountBy(t: ExecutionContext, volume: TestVolume, command: string[]): Promise<void> {
  const pid = volume.daemonPid();
  await must([...command, volume.mountpoint]);
  await waitForEnd(pid);
  t.false(isMounted(volume.mountpoint));
  t.notRegex(await volume.mount(), /dead mount|killed/i);
  await volume.umount();
}

testAsRoot('mount -t fuse.markerfs mounts with the options, and umount ends it', async (t) => {
  const volume = await TestVolume.create(t);
  const options = 'noatime,nosuid,nodev,noexec,x-gvfs-show,nofail,_netdev,defaults';
  const { source, mountpoint } = volume;
  await mountInstalled(t, volume, '-t', 'fuse.markerfs', source, mountpoint, '-o', options);
  const shown = shownOptions(mountpoint);
  for (const option of ['rw', 'nosuid', 'nodev', 'noexec', 'noatime', 'allow_other', 'default_permissions'])
    t.true(shown.includes(option), `${option} of ${shown}`);
  await script('echo data >"$1/file"', [mountpoint]);
  t.is(readFileSync(join(source, 'file'), 'latin1'), 'data\n');
  await unmountBy(t, volume, ['umount']);
});

testAsRoot('mount -a mounts what is in fstab, and fusermount3 -u ends it', async (t) => {
  const volume = await TestVolume.create(t);
  const fstab = join(volume.work, 'fstab');
  const state = join(volume.work, 'state, of the volume');
  const options = `ro,state-dir=${state.replaceAll(' ', '\\040').replaceAll(',', '\\134,')},auto,x-systemd.automount`;
  writeFileSync(fstab, `${volume.source} ${volume.mountpoint} fuse.markerfs ${options} 0 0\n`);
  await mountInstalled(t, volume, '-a', '-T', fstab);
  t.true(shownOptions(volume.mountpoint).includes('ro'));
  t.true(readFileSync(join(state, 'volume.json'), 'utf8').includes(volume.source));
  const pid = Number.parseInt(readFileSync(join(state, 'daemon.lock'), 'utf8'), 10);
  await must(['fusermount3', '-u', volume.mountpoint]);
  await waitForEnd(pid);
  t.false(isMounted(volume.mountpoint));
});

testAsRoot('a mount by root serves devices and set-user-ID programs, unless told otherwise', async (t) => {
  const volume = await TestVolume.create(t);
  const usesThem = async () => {
    const text = 'cd "$1"; test "$(head -c 2 zero | od -An -tx1)" = " 00 00" && test "$(./id -u)" = 0';
    return (await run(['bash', '-c', text, 'bash', volume.mountpoint], { as: NOBODY })).status;
  };
  await script('cp /usr/bin/id "$1/id"; chmod 4755 "$1/id"; mknod -m 666 "$1/zero" c 1 5', [volume.source]);
  await volume.mount();
  t.is(await usesThem(), 0);
  await volume.umount();
  await volume.markerfs(volume.source, volume.mountpoint, '-o', 'nosuid', '-o', 'nodev');
  t.not(await usesThem(), 0);
  await volume.umount();
});

/** What moves an access time under which options: read a file, list a directory. */
const ACCESSES: Record<string, [file: boolean, directory: boolean]> = {
  strictatime: [true, true],
  'strictatime,nodiratime': [true, false],
  relatime: [true, true],
  noatime: [false, false],
};

testAsRoot('access times move on the source as the options say, also where the kernel reads the files', async (t) => {
  const volume = await TestVolume.create(t);
  const accesses = () => ['file', 'dir'].map((name) => statSync(join(volume.source, name)).atimeMs !== 1000);
  await script('cd "$1"; echo data >file; mkdir dir; touch dir/inner', [volume.source]);
  for (const [options, expected] of Object.entries(ACCESSES)) {
    await volume.markerfs(volume.source, volume.mountpoint, '-o', options);
    await script('touch -a -d @1 "$1/file" "$1/dir"', [volume.source]);
    await script('cat "$1/file"; ls "$1/dir"', [volume.mountpoint]);
    t.deepEqual(accesses(), expected, options);
    await volume.umount();
  }
});

testAsRoot('a read-only mount refuses every change with EROFS, and ships', async (t) => {
  const volume = await TestVolume.create(t);
  await script('cd "$1"; echo data >file; mkdir dir', [volume.source]);
  await volume.markerfs('-o', 'ro', volume.source, volume.mountpoint);
  const changes = ['touch file', 'echo x >file', 'mkdir new', 'rmdir dir', 'rm -f file', 'mv file new', 'ln file new'];
  for (const change of [...changes, 'ln -s x new', 'chmod 600 file', 'chown 1 file', 'setfattr -n user.x file']) {
    const { status, stderr } = await run(['bash', '-c', `cd "$1"; ${change}`, 'bash', volume.mountpoint]);
    t.not(status, 0, change);
    t.regex(stderr, /Read-only file system/, change);
  }
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await volume.ship();
  t.is(readFileSync(join(volume.slave, 'file'), 'latin1'), 'data\n');
});

testAsRoot('an ordinary user gets the options that fusermount3 grants', async (t) => {
  const volume = await TestVolume.create(t, NOBODY);
  await volume.markerfs(volume.source, volume.mountpoint, '-o', 'ro,noexec,noatime,relatime,dev,suid,noauto');
  const shown = shownOptions(volume.mountpoint);
  for (const option of ['ro', 'noexec', 'nosuid', 'nodev']) t.true(shown.includes(option), `${option} of ${shown}`);
  t.false(shown.includes('allow_other'));
});
