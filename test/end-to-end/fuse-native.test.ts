import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { EngineName } from '../../src/daemon/options.js';
import { cannotLoad, testNative } from '../support/fuse-native.js';
import { isMounted } from '../support/mounts.js';
import { waitForEnd } from '../support/processes.js';
import { must, run, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { ALICE, NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

const testNativeAsRoot = (cannotLoad === undefined ? testAsRoot : test.skip) as typeof test;

const mounted = (t: ExecutionContext, engine: EngineName = 'fuse-native') => TestVolume.mounted(t, undefined, engine);

/** Changes of every kind, each by a program of its own. */
const CHANGES = `
  cd "$1"
  mkdir tree tree/deep
  echo one >tree/file
  printf '%0100000d' 7 >tree/large
  echo two >>tree/file
  ln tree/file tree/deep/link
  ln -s file tree/symlink
  mkfifo tree/fifo
  chmod 0600 tree/deep/link
  setfattr -n user.note -v value tree/file
  setfattr -x user.note tree/file
  truncate -s 10 tree/large
  mv tree/deep tree/moved
  echo three >tree/moved/new
  mv tree/moved/new tree/large
  mv tree renamed
  echo open >renamed/unlinked
  exec 3>>renamed/unlinked
  rm renamed/unlinked
  echo more >&3
  exec 3>&-
  rm renamed/symlink
  mkdir renamed/empty
  rmdir renamed/empty
`;

const LATER_CHANGES = `
  cd "$1"
  echo more >>renamed/large
  rm renamed/fifo
  mv renamed again
  ln again/large again/moved/another
  chmod 0700 again
`;

/** Operation and paths of all records. */
async function recordsOf(volume: TestVolume): Promise<string[]> {
  const text = await volume.markerfs('journal', volume.source, '--json');
  return text.split('\n').map((line) => {
    const { operation, path, path2 } = JSON.parse(line) as { operation: string; path: string; path2: string | null };
    return `${operation} ${path} ${path2 ?? ''}`.trim();
  });
}

/** Which objects carry which marks. */
async function marksOf(volume: TestVolume): Promise<string[]> {
  const command =
    'cd "$1"; getfattr -Rhd -m "markerfs" . | grep -v "^$" | sed "s/[.].*[.]\\(xtime\\|subtree\\)=.*/ \\1/"';
  return (await script(command, [volume.source])).split('\n');
}

testNative('both engines mark and journal the same changes in the same way, and ship them', async (t) => {
  const seen = [];
  for (const engine of ['markerfs', 'fuse-native'] as const) {
    const volume = await mounted(t, engine);
    const records: string[] = [];
    for (const changes of [CHANGES, LATER_CHANGES]) {
      await script(changes, [volume.mountpoint]);
      await volume.umount();
      records.push(...(await recordsOf(volume)));
      await volume.mount();
      t.is((await volume.ship()).failed, 0);
      t.is(await differences(volume.source, volume.slave), '');
    }
    seen.push({ records, marks: (await marksOf(volume)).sort() });
    await volume.umount();
  }
  t.true(seen[0]!.records.length > 20, seen[0]!.records.join('\n'));
  t.deepEqual(seen[1], seen[0]);
});

testNative('the mount says once what the package cannot do, and status which engine serves it', async (t) => {
  const volume = await TestVolume.create(t, undefined, 'fuse-native');
  t.regex(await volume.mount(), /fuse-native has limits: .*native-notes\/fuse-native\.md/);
  const { volume: told } = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.like(told, { state: 'active', engine: 'fuse-native', passthrough: false, mountpoint: volume.mountpoint });
  await volume.umount();
  t.notRegex(volume.log(), /Cannot serve/);
});

const endings: Record<string, (volume: TestVolume) => Promise<unknown>> = {
  'markerfs umount': (volume) => volume.umount(),
  'fusermount3 -u': (volume) => must(['fusermount3', '-u', volume.mountpoint]),
  SIGTERM: (volume) => volume.endDaemon('SIGTERM'),
};
for (const [title, end] of Object.entries(endings)) {
  testNative(`${title} ends the daemon cleanly with fuse-native`, async (t) => {
    const volume = await mounted(t);
    await volume.ship();
    await script('echo data >"$1/file"; mkdir "$1/folder"', [volume.mountpoint]);
    const pid = volume.daemonPid();
    await end(volume);
    await waitForEnd(pid);
    t.false(isMounted(volume.mountpoint));
    t.notRegex(await volume.mount(), /dead mount|killed/i);
    t.is((await volume.ship()).crawl, 'journal');
    t.is(await differences(volume.source, volume.slave), '');
    await volume.umount();
    t.notRegex(volume.log(), /Cannot serve/);
  });
}

testNative('what a killed daemon with fuse-native left behind is found by the next one', async (t) => {
  const volume = await mounted(t);
  await volume.ship();
  await script('echo data >"$1/file"', [volume.mountpoint]);
  await volume.endDaemon('SIGKILL');
  t.regex(await volume.mount(), /Removed the mount that a killed daemon had left/);
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
  await volume.umount();
});

testNative('a name that is not UTF-8 is refused, and no other file is taken for it', async (t) => {
  const volume = await mounted(t);
  const [latin, replaced] = [Buffer.from([0x61, 0xff]), Buffer.from('a\ufffd')];
  const inSource = (name: Buffer) => Buffer.concat([Buffer.from(`${volume.source}/`), name]);
  for (const name of [latin, replaced]) writeFileSync(inSource(name), 'untouched');
  t.is(await must(['ls', '-A', volume.mountpoint]), `${replaced.toString('latin1')}\n${replaced.toString('latin1')}`);
  for (const change of ['rm', 'truncate -s 0', 'chmod 0', 'cat', 'mkdir', 'touch']) {
    const { status, stderr } = await run(['bash', '-c', `LC_ALL=C ${change} "$1"/a*`, 'bash', volume.mountpoint]);
    t.not(status, 0, change);
    t.regex(stderr, /Invalid or incomplete multibyte/, change);
  }
  for (const name of [latin, replaced]) t.is(readFileSync(inSource(name), 'utf8'), 'untouched');
  await volume.umount();
});

testNative('an open file that is unlinked or renamed over lives on, and leaves nothing in the source', async (t) => {
  const volume = await mounted(t);
  const text = `
    cd "$1"
    mkdir folder
    echo old >folder/file; echo gone >folder/other; echo new >folder/next
    exec 3<>folder/file 4<>folder/other
    mv folder/next folder/file
    rm folder/other
    [[ $(ls -A folder) == file && $(<folder/file) == new ]]
    mv folder moved
    echo more >&4
    [[ $(cat <&3) == old && $(tail -n 1 /proc/self/fd/4) == more ]]
    [[ $(stat -L -c %s /proc/self/fd/3 /proc/self/fd/4) == $'4\\n5' ]]
    exec 3>&- 4>&-
    rm moved/file
    rmdir moved
  `;
  await script(text, [volume.mountpoint]);
  t.deepEqual(readdirSync(volume.source), ['.markerfs']);
  await volume.umount();
});

testNative('state folder and marks are hidden, and safe, with fuse-native', async (t) => {
  const volume = await mounted(t);
  await script('echo data >"$1/file"', [volume.mountpoint]);
  t.is(await must(['ls', '-A', volume.mountpoint]), 'file');
  t.false(existsSync(join(volume.mountpoint, '.markerfs/volume.json')));
  t.is((await run(['mkdir', join(volume.mountpoint, '.markerfs')])).status, 1);
  t.is(await must(['getfattr', '-d', '-m', '-', join(volume.mountpoint, 'file')]), '');
  const [mark = ''] = (await must(['getfattr', '-m', 'markerfs', join(volume.source, 'file')])).split('\n').slice(1);
  t.regex(mark, /xtime$/);
  t.is((await run(['setfattr', '-x', mark, join(volume.mountpoint, 'file')])).status, 1);
  t.is((await run(['setfattr', '-n', mark, '-v', 'x', join(volume.mountpoint, 'file')])).status, 1);
  await volume.umount();
});

testNativeAsRoot('nobody makes a program of root’s through fuse-native', async (t) => {
  const volume = await mounted(t);
  await must(['chmod', '0777', volume.source]);
  const program = 'import os, sys; os.umask(0); os.open(sys.argv[1], os.O_CREAT | os.O_RDWR, 0o6755)';
  await must(['/usr/bin/python3', '-c', program, join(volume.mountpoint, 'program')], { as: ALICE });
  t.is(await must(['stat', '-c', '%a %u', join(volume.source, 'program')]), '755 0');
  await volume.umount();
});

testNativeAsRoot('an ordinary user mounts with fuse-native, ships and unmounts', async (t) => {
  const volume = await TestVolume.mounted(t, NOBODY, 'fuse-native');
  const asNobody = (text: string) => script(`cd "$1"; ${text}`, [volume.mountpoint], { as: NOBODY });
  await asNobody('mkdir tree; echo data >tree/file; ln tree/file link; ln -s link symlink; chmod 0600 link');
  t.is((await volume.ship()).crawl, 'initial');
  t.is(await differences(volume.source, volume.slave), '');
  t.is(await must(['stat', '-c', '%u', join(volume.slave, 'link')]), `${NOBODY.uid}`);
  await asNobody('mv tree moved; echo more >>moved/file');
  t.is((await volume.ship()).crawl, 'journal');
  t.is(await differences(volume.source, volume.slave), '');
  await volume.umount();
  t.false(isMounted(volume.mountpoint));
});

test('without the package the engine is refused in words, and the other one serves', async (t) => {
  const volume = await TestVolume.create(t, undefined, 'fuse-native');
  const project = join(volume.work, 'project');
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  await must(['cp', '-a', '--parents', 'package.json', 'dist', 'src/syscalls/build', project], { cwd: volume.project });
  for (const name of readdirSync(join(volume.project, 'node_modules')))
    if (name !== 'fuse-native')
      symlinkSync(join(volume.project, 'node_modules', name), join(project, 'node_modules', name));
  volume.project = project;
  const { status, stderr } = await volume.tryMarkerfs('--engine', 'fuse-native', volume.source, volume.mountpoint);
  t.is(status, 1);
  t.regex(
    stderr,
    /^markerfs: Cannot mount with the engine "fuse-native": its package is not installed; run "npm install"/,
  );
  t.false(isMounted(volume.mountpoint));
  await volume.markerfs(volume.source, volume.mountpoint);
  t.true(isMounted(volume.mountpoint));
  await volume.umount();
});
