import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { State } from '../../src/volume/state.js';
import { openVolume } from '../../src/volume/volume.js';
import { must } from '../support/run.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

test('dirty draws what is not on a slave, for people and for programs', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (path: string) => join(volume.mountpoint, path);
  mkdirSync(at('quiet/deep'), { recursive: true });
  mkdirSync(at('loud'));
  await volume.ship();
  t.regex(await volume.markerfs('dirty', volume.source), /^copy: nothing is dirty, synced up to \S+ \S+Z$/);
  for (let n = 0; n < 30; n++) writeFileSync(at(`loud/${String(n).padStart(2, '0')}`), 'x'.repeat(100));
  renameSync(at('quiet/deep'), at('quiet/away'));

  const [head, root, loud, first, ...rest] = Buffer.from(await volume.markerfs('dirty', volume.mountpoint), 'latin1')
    .toString()
    .split('\n');
  t.regex(head!, /^copy: synced up to /);
  t.regex(root!, /^\. +31 objects +3\.0 kB +\S+ s (to \S+ s )?ago$/);
  t.regex(loud!, /^├── loud\/ +30 objects +3\.0 kB /);
  t.regex(first!, /^│ {3}├── 00 +1 object +100 B /);
  t.regex(rest.join('\n'), /^│ {3}└── and 10 others +10 objects +1\.0 kB /m);
  t.regex(rest.join('\n'), /^└── quiet\/ +1 object .*\n {4}└── away\/ +1 object +0 B +\S+ s ago +moved$/m);
  const shallow = await volume.markerfs('dirty', volume.source, '--depth', '1', '--slave', 'copy');
  t.is(shallow.split('\n').length, 4);

  const { slave, syncPoint, dirty } = JSON.parse(await volume.markerfs('dirty', volume.source, '--json'));
  t.is(slave, 'copy');
  t.true(dirty.oldestUs > syncPoint && dirty.newestUs >= dirty.oldestUs);
  t.like(dirty, { name: '', kind: 'directory', objects: 31, bytes: 3000, moved: false, complete: true });
  t.is(dirty.children.find(({ name }: { name: string }) => name === 'loud').children.length, 30);
});

test('why tells of a path what the next pass does', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (path: string) => join(volume.mountpoint, path);
  const verdict = async (path: string) => JSON.parse(await volume.markerfs('why', path, '--json')).slaves[0];
  mkdirSync(at('directory/deep'), { recursive: true });
  writeFileSync(at('directory/file'), '');
  writeFileSync(at('directory/deep/inner'), '');
  t.like(await verdict(at('directory/file')), { name: 'copy', dirty: true, reason: 'the first pass is not complete' });
  await volume.ship();
  t.like(await verdict(at('directory/file')), { dirty: false, reason: 'it has not changed since the sync point' });
  t.like(await verdict(at('')), { dirty: false });
  symlinkSync('file', at('directory/link'));
  const link = await verdict(at('directory/link'));
  t.true(link.dirty);
  t.regex(link.reason, /no mark of its own$/);
});

test('a name that is not UTF-8 is found by its bytes, in mount and source, relative and absolute', async (t) => {
  const volume = await TestVolume.mounted(t);
  const name = Buffer.from([0x61, 0xff]);
  mkdirSync(Buffer.concat([Buffer.from(`${volume.mountpoint}/`), name]));
  const typed = `cd "$1"; "$2" "$3" why "$4"$'a\\xff' --json`;
  for (const [cwd, above] of [
    ['/', `${volume.mountpoint}/`],
    ['/', `${volume.source}/`],
    [volume.source, './'],
    [volume.mountpoint, ''],
  ]) {
    const found = await must(['bash', '-c', typed, 'bash', cwd!, process.execPath, MARKERFS, above!]);
    t.like(JSON.parse(Buffer.from(found, 'latin1').toString()), {
      source: volume.source,
      pathBase64: 'Yf8=',
      exists: true,
    });
  }
});

test('why shows moves, removals and failures', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (path: string) => join(volume.mountpoint, path);
  mkdirSync(at('directory'));
  writeFileSync(at('directory/file'), '');
  writeFileSync(at('gone'), '');
  writeFileSync(at('failing'), '');
  await volume.ship();
  renameSync(at('directory'), at('moved'));
  rmSync(at('gone'));
  const state = State.open(openVolume(volume.source));
  const path = Buffer.from('failing');
  state.notePending('copy', [{ path, kind: 'failed', whole: false, reason: 'no luck', attempts: 2, nextTryUs: 0 }]);
  state.close();

  t.regex(await volume.markerfs('why', at('moved/file')), /^copy: dirty: it was moved, or a directory above it was, /m);
  const gone = await volume.markerfs('why', at('gone'));
  t.regex(gone, /^copy: dirty: there is no such object, and its directory changed after the sync point /m);
  t.regex(gone, /^\d+ {2}\S+ \S+Z {2}create {4}gone\n\d+ {2}\S+ \S+Z {2}unlink {4}gone$/m);
  const failing = await volume.markerfs('why', join(volume.source, 'failing'));
  t.regex(
    failing,
    /^copy: failed: it could not be shipped .*\n {2}"failing": no luck; tried 2 times, again with the next pass$/m,
  );

  const outside = await volume.tryMarkerfs('why', volume.work);
  t.is(outside.status, 1);
  t.regex(outside.stderr, /^markerfs: Cannot find the volume of ".*": no directory above it is mounted/);
});
