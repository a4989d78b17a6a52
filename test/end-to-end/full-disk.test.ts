import { existsSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mountDisk, unmountDisk } from '../support/disks.js';
import { run, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { ALICE, testAsRoot } from '../support/users.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

/** A volume whose source is a small disk of its own. Nothing of it is kept back for root. */
async function createOn(t: ExecutionContext, format: readonly string[] = []): Promise<TestVolume> {
  const volume = await TestVolume.create(t);
  await mountDisk(volume.source, { type: 'ext4', mib: 16, format: ['-m', '0', ...format] });
  t.teardown(() => unmountDisk(volume.source));
  return volume;
}

/** Writes until there is no room, in pieces that get smaller; each has to end with ENOSPC. */
async function fill(t: ExecutionContext, folder: string): Promise<void> {
  for (const size of ['1M', '4k', '1k']) {
    const { status, stderr } = await run([
      'dd',
      'if=/dev/zero',
      `of=${folder}/filler`,
      `bs=${size}`,
      'oflag=append',
      'conv=notrunc',
    ]);
    t.is(status, 1);
    t.regex(stderr, /No space left on device/);
  }
}

/** What a full disk refuses: each in a directory with `file`. */
const REFUSED: Readonly<Record<string, string>> = {
  mkdir: 'mkdir new',
  'symlink with a long target': `ln -s "$(printf %0100d 0)" new`,
  'a file with content': 'echo content >new',
  'a copy': 'cp /etc/passwd new',
  'more content': 'head -c 100000 /dev/zero >>file',
  'reserved space': 'fallocate -l 100000 file',
  'a large xattr': 'setfattr -n user.large -v "$(printf %03000d 0)" file',
  'many names': 'for name in $(seq 300); do ln file "$(printf %0200d "$name")"; done',
};

/** What it does not refuse, since it takes no room. */
const GRANTED =
  'chmod 600 file; touch -d @1 file; mv file other; mv other file; truncate -s 3 file; rm gone; rmdir empty';

/** The room of a removed file comes back when the kernel has forgotten it, a moment after rm(1). */
const untilDone = (command: string) =>
  `for try in $(seq 100); do if { ${command}; } 2>/dev/null; then break; fi; read -t 0.05 </dev/zero || true; done; ${command}`;

async function tryIn(folder: string, command: string): Promise<string> {
  const { status, stderr } = await run(['bash', '-c', `cd "$1"; ${command}`, 'bash', folder]);
  return status === 0 ? 'done' : (/No space left on device/.exec(stderr)?.[0] ?? `status ${status}: ${stderr}`);
}

testAsRoot(
  'a full disk refuses what needs room, does the rest, leaves nothing half done, and goes on when there is room',
  async (t) => {
    const volume = await createOn(t);
    const { mountpoint, source } = volume;
    const state = join(volume.work, 'state');
    const elsewhere = ['--state-dir', state];
    await volume.markerfs(source, mountpoint, ...elsewhere);
    await volume.markerfs('slave', 'add', mountpoint, 'copy', volume.slave, ...elsewhere);
    // The same on the disk itself shows what the disk refuses.
    await script(
      'cd "$1"; mkdir bare mounted; for dir in bare mounted; do mkdir $dir/empty; echo data >$dir/file; touch $dir/gone; done',
      [mountpoint],
    );
    await fill(t, mountpoint);
    const left = (folder: string) => script('cd "$1"; find . -printf "%P %y %s %n\\n" | sort; rm -f new 0*', [folder]);
    for (const [title, command] of Object.entries(REFUSED)) {
      t.is(await tryIn(join(source, 'bare'), command), 'No space left on device', title);
      t.is(await tryIn(join(mountpoint, 'mounted'), command), 'No space left on device', title);
      t.is(await left(join(mountpoint, 'mounted')), await left(join(source, 'bare')), title);
    }
    t.is(await tryIn(join(mountpoint, 'mounted'), GRANTED), 'done');
    await script(`cd "$1"; rm filler; ${untilDone('echo more >mounted/new')}; mkdir mounted/dir`, [mountpoint]);
    t.is(readFileSync(join(source, 'mounted/new'), 'latin1'), 'more\n');
    const pass = JSON.parse(await volume.markerfs('ship', mountpoint, '--json', ...elsewhere));
    t.is(pass.failed, 0);
    t.is(await differences(source, volume.slave), '');
    await volume.markerfs('umount', mountpoint, ...elsewhere);
  },
);

testAsRoot('what cannot be marked on a full disk is not made, and what makes room needs no mark', async (t) => {
  // Inodes without room for xattrs: each mark takes a block.
  const volume = await createOn(t, ['-I', '128']);
  const { mountpoint, source } = volume;
  await script('cd "$1"; mkdir old; touch old/file old/large; head -c 2M /dev/zero >old/large', [source]);
  const elsewhere = ['--state-dir', join(volume.work, 'state')];
  await volume.markerfs(source, mountpoint, ...elsewhere);
  await volume.markerfs('slave', 'add', mountpoint, 'copy', volume.slave, ...elsewhere);
  await volume.markerfs('ship', mountpoint, ...elsewhere);
  await script('touch "$1/filler"', [mountpoint]);
  await fill(t, mountpoint);
  for (const command of ['touch new', 'mkdir new', 'cp /etc/passwd new'])
    t.is(await tryIn(mountpoint, command), 'No space left on device', command);
  t.false(existsSync(join(source, 'new')));
  // Neither the directory nor the files are marked yet, and there is no room to do it.
  t.is(await tryIn(join(mountpoint, 'old'), 'chmod 600 file; rm large'), 'done');
  t.is(await tryIn(mountpoint, 'touch new'), 'done');
  await script('rm "$1/filler"', [mountpoint]);
  // The walk goes by the marks alone.
  await script('rm -f "$1"/journal.db*', [elsewhere[1]!]);
  await volume.markerfs('ship', mountpoint, ...elsewhere);
  t.is(await differences(source, volume.slave), '');
  await volume.markerfs('umount', mountpoint, ...elsewhere);
});

testAsRoot('what a filesystem reserves for root is not for others', async (t) => {
  const volume = await TestVolume.create(t);
  const { mountpoint, source } = volume;
  await mountDisk(source, { type: 'ext4', mib: 16, format: ['-m', '20'] });
  t.teardown(() => unmountDisk(source));
  await volume.mount();
  await script('mkdir "$1/hers"; chown "$2" "$1/hers"', [mountpoint, String(ALICE.uid)]);
  const filler = ['dd', 'if=/dev/zero', `of=${mountpoint}/hers/filler`, 'bs=64k'];
  const { status, stderr } = await run(filler, { as: ALICE });
  t.is(status, 1);
  t.regex(stderr, /No space left on device/);
  const { bavail, bfree, bsize } = statfsSync(source);
  t.true(bavail * bsize < 2 ** 20, `${bavail} blocks are left for others`);
  t.true(bfree * bsize > 2 * 2 ** 20, `${bfree} blocks are left for root`);
  await script('head -c 1M /dev/zero >"$1/of root"', [mountpoint]);
  await volume.umount();
});

testAsRoot('a full disk under the state folder costs the journal, and no change', async (t) => {
  const volume = await TestVolume.create(t);
  const { mountpoint, source, work } = volume;
  const disk = join(work, 'disk');
  await script('mkdir "$1"', [disk]);
  await mountDisk(disk, { type: 'ext4', mib: 8, format: ['-m', '0'] });
  t.teardown(() => unmountDisk(disk));
  const elsewhere = ['--state-dir', join(disk, 'state')];
  const status = async () => JSON.parse(await volume.markerfs('status', source, '--json', ...elsewhere)).volume;
  await volume.markerfs(source, mountpoint, ...elsewhere);
  await volume.markerfs('slave', 'add', source, 'copy', volume.slave, ...elsewhere);
  await volume.markerfs('ship', source, ...elsewhere);
  await fill(t, disk);
  await script('cd "$1"; for n in $(seq 500); do echo $n >file.$n; done; mkdir dir; mv file.1 dir', [mountpoint]);
  t.is(readdirSync(mountpoint).length, 500);
  t.false((await status()).journal.whole);
  writeFileSync(join(mountpoint, 'after'), 'after');
  const refused = await run([process.execPath, MARKERFS, 'ship', source, ...elsewhere]);
  t.is(refused.status, 1);
  t.is(refused.stderr, `markerfs: copy: Cannot write "${disk}/state/state.db": no space left on the device`);
  await script('rm "$1/filler"', [disk]);
  const pass = JSON.parse(await volume.markerfs('ship', source, '--json', ...elsewhere));
  t.like(pass, { crawl: 'walk', failed: 0 });
  t.is(await differences(source, volume.slave), '');
  await volume.markerfs('umount', mountpoint, ...elsewhere);
});

testAsRoot('a quota that is used up is told from a full disk, and what makes room is not refused', async (t) => {
  const volume = await TestVolume.create(t);
  const { mountpoint, source } = volume;
  await mountDisk(source, { type: 'btrfs', mib: 256 });
  t.teardown(() => unmountDisk(source));
  await volume.mount();
  const limited = join(source, 'limited');
  await script('btrfs quota enable "$1"; btrfs subvolume create "$2"; btrfs qgroup limit 4M "$2"; chown "$3" "$2"', [
    source,
    limited,
    String(ALICE.uid),
  ]);
  const asHer = async (command: string) => {
    const options = { as: ALICE };
    const { status, stderr } = await run(
      ['bash', '-c', `cd "$1"; ${command}`, 'bash', `${mountpoint}/limited`],
      options,
    );
    return status === 0 ? 'done' : (/Disk quota exceeded/.exec(stderr)?.[0] ?? stderr);
  };
  t.is(await asHer('touch small; head -c 1M /dev/urandom >file'), 'done');
  t.is(await asHer('head -c 8M /dev/urandom >>file'), 'Disk quota exceeded');
  t.is(await asHer('sync file'), 'done');
  for (const command of ['touch new', 'mkdir new', 'ln -s x new', 'mkfifo new', 'fallocate -l 8M small']) {
    t.is(await asHer(command), 'Disk quota exceeded', command);
    t.false(existsSync(join(limited, 'new')), command);
  }
  t.is(await asHer(`rm file; ${untilDone('touch new')}`), 'done');
  t.deepEqual(readdirSync(limited).sort(), ['new', 'small']);
  await volume.umount();
});
