import { linkSync, mkdirSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

interface Found {
  readonly compared: number;
  readonly differences: readonly { readonly path: string; readonly aspects: readonly string[] }[];
  readonly unsettled: number;
}

async function verify(volume: TestVolume, ...options: string[]): Promise<Found & { status: number | undefined }> {
  const { status, stdout } = await volume.tryMarkerfs('verify', volume.source, '--json', ...options);
  return { ...(JSON.parse(stdout) as Found), status };
}

const named = (found: Found) => Object.fromEntries(found.differences.map(({ path, aspects }) => [path, aspects]));

/** A tree on the mount, shipped. */
async function shipped(t: Parameters<typeof TestVolume.mounted>[0]): Promise<TestVolume> {
  const volume = await TestVolume.mounted(t);
  const at = (name: string) => join(volume.mountpoint, name);
  mkdirSync(at('folder/below'), { recursive: true });
  for (const name of [
    'same',
    'content',
    'mode',
    'time',
    'gone',
    'odd\nname',
    'one',
    'folder/file',
    'folder/below/deep',
  ])
    writeFileSync(at(name), `content of ${name}`);
  linkSync(at('one'), at('two'));
  symlinkSync('target', at('symlink'));
  await volume.ship();
  return volume;
}

/** Changes the copy in each way behind markerfs's back. */
async function spoil({ slave }: TestVolume): Promise<void> {
  const at = (name: string) => join(slave, name);
  await script('t=$(stat -c %y "$1"); echo "CONTENT of content" | head -c 18 >"$1"; touch -d "$t" "$1"', [
    at('content'),
  ]);
  await must(['chmod', '600', at('mode')]);
  utimesSync(at('time'), 1, 1);
  utimesSync(at('odd\nname'), 1, 1);
  unlinkSync(at('gone'));
  rmSync(at('folder/below'), { recursive: true });
  writeFileSync(at('extra'), '');
  unlinkSync(at('symlink'));
  symlinkSync('elsewhere', at('symlink'));
}

test('verify names what differs, and in what; repair mends it', async (t) => {
  const volume = await shipped(t);
  const before = await verify(volume);
  t.deepEqual([before.status, before.differences, before.unsettled], [0, [], 0]);
  await spoil(volume);
  const found = await verify(volume);
  t.is(found.status, 3);
  t.like(named(found), {
    content: ['content'],
    mode: ['mode'],
    time: ['mtime'],
    'odd\nname': ['mtime'],
    gone: ['missing'],
    'folder/below': ['missing'],
    'folder/below/deep': ['missing'],
    extra: ['extra'],
  });
  t.true(named(found).symlink?.includes('content'));
  t.false('same' in named(found));
  t.not(await differences(volume.source, volume.slave), '', 'without --repair nothing is written');
  t.is((await verify(volume, '--repair')).status, 3);
  t.is(await differences(volume.source, volume.slave), '');
  t.is((await verify(volume)).status, 0);
});

test('verify does not take for a difference what has changed since the last pass', async (t) => {
  const volume = await shipped(t);
  writeFileSync(join(volume.mountpoint, 'folder/file'), 'changed');
  unlinkSync(join(volume.mountpoint, 'same'));
  await must(['mv', join(volume.mountpoint, 'folder/below'), join(volume.mountpoint, 'moved')]);
  const found = await verify(volume);
  t.is(found.status, 0);
  t.deepEqual(found.differences, []);
  t.true(found.unsettled >= 4);
  utimesSync(join(volume.slave, 'content'), 1, 1);
  t.deepEqual(named(await verify(volume)), { content: ['mtime'] });
});

test('a slave that never was a copy cannot be verified', async (t) => {
  const volume = await TestVolume.mounted(t);
  const { status, stderr } = await volume.tryMarkerfs('verify', volume.source);
  t.is(status, 1);
  t.regex(stderr, /Cannot verify slave "copy": its first pass is not complete/);
});

test('repair mends what differs also where the next pass has to walk', async (t) => {
  const volume = await shipped(t);
  await volume.umount();
  volume.removeJournal();
  await spoil(volume);
  t.is((await verify(volume, '--repair')).status, 3);
  t.is(await differences(volume.source, volume.slave), '');
});
