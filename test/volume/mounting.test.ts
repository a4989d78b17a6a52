import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { check, cstr, native } from '../../src/syscalls/index.js';
import { isDeadMount, planMount } from '../../src/volume/mounting.js';
import { listMounts, markerfsMountAt, parseMountinfo } from '../../src/volume/mounts.js';
import { unmount } from '../../src/volume/unmounting.js';
import { createVolume, openVolume, VolumeError } from '../../src/volume/volume.js';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';

const MNT_DETACH = 2;

function makeFolders(t: ExecutionContext, sourceName = 'source'): { source: string; mountpoint: string } {
  const work = makeWork(t);
  const [source, mountpoint] = [join(work, sourceName), join(work, 'mount')];
  mkdirSync(source);
  mkdirSync(mountpoint);
  return { source, mountpoint };
}

/** Mounts as the daemon does, but serves nothing; `kill` does to it what the end of the daemon does. */
function mountUnserved(t: ExecutionContext, source: string, mountpoint: string): { kill(): void } {
  const fd = openSync('/dev/fuse', 'r+');
  const data = `fd=${fd},rootmode=40000,user_id=0,group_id=0`;
  check(native.mount(cstr(source), cstr(mountpoint), cstr('fuse.markerfs'), 0, cstr(data)), 'mount', mountpoint);
  t.teardown(() => native.umount2(cstr(mountpoint), MNT_DETACH));
  return { kill: () => closeSync(fd) };
}

test('the mount table is read with its escapes', (t) => {
  const text = String.raw`36 35 0:40 / /mnt/with\040blank\011\134 rw,nosuid shared:2 master:1 - fuse.markerfs /data/\303\274\012 rw,user_id=0
25 1 254:0 / / rw - ext4 /dev/vda rw

broken line`;
  t.deepEqual(parseMountinfo(text), [
    { id: '36', dev: '0:40', mountpoint: '/mnt/with blank\t\\', type: 'fuse.markerfs', source: '/data/ü\n' },
    { id: '25', dev: '254:0', mountpoint: '/', type: 'ext4', source: '/dev/vda' },
  ]);
  t.true(listMounts().some(({ mountpoint }) => mountpoint === '/proc'));
});

test('a good plan names real paths', (t) => {
  const { source, mountpoint } = makeFolders(t);
  symlinkSync(source, `${source}-link`);
  symlinkSync(mountpoint, `${mountpoint}-link`);
  t.deepEqual(planMount(`${source}-link`, `${mountpoint}-link`), {
    source,
    mountpoint,
    removed: undefined,
    overItself: false,
    readOnly: false,
  });
});

const REFUSALS: Record<string, [prepare: (source: string, mountpoint: string) => [string, string], RegExp]> = {
  'a source that does not exist': [
    (source, mountpoint) => [`${source}/no`, mountpoint],
    /^Cannot use source ".*\/no": it does not exist; is the name right, and its disk mounted\?$/,
  ],
  'a source that is a file': [
    (source, mountpoint) => {
      writeFileSync(`${source}/file`, '');
      return [`${source}/file`, mountpoint];
    },
    /^Cannot use source ".*\/file": it is not a directory; give a directory$/,
  ],
  'a mountpoint that does not exist': [
    (source, mountpoint) => [source, `${mountpoint}/no`],
    /^Cannot mount on ".*\/no": it does not exist; create it first \(mkdir ".*\/no"\)$/,
  ],
  'a mountpoint that is a file': [
    (source, mountpoint) => {
      writeFileSync(`${mountpoint}/file`, '');
      return [source, `${mountpoint}/file`];
    },
    /^Cannot mount on ".*\/file": it is not a directory; give a directory$/,
  ],
  'a mountpoint that is not empty': [
    (source, mountpoint) => {
      writeFileSync(`${mountpoint}/file`, '');
      return [source, mountpoint];
    },
    /^Cannot mount on ".*\/mount": the directory is not empty; give an empty one$/,
  ],
  'a mountpoint within the source': [
    (source) => {
      mkdirSync(`${source}/inner`);
      return [source, `${source}/inner`];
    },
    /^Cannot mount on ".*\/inner": it lies within the source ".*\/source"; mount over the source itself, or elsewhere$/,
  ],
};

for (const [title, [prepare, message]] of Object.entries(REFUSALS)) {
  test(`${title} is refused`, (t) => {
    const { source, mountpoint } = makeFolders(t);
    const [givenSource, givenMountpoint] = prepare(source, mountpoint);
    const error = t.throws(() => planMount(givenSource, givenMountpoint), { instanceOf: VolumeError, message });
    t.is(error?.exitStatus, 1);
  });
}

test('a source that holds what serves it is not covered', (t) => {
  const message =
    /^Cannot mount on "\/": the source would be covered, and ".*node.*", which serves the mount, lies in it; mount it elsewhere$/;
  t.throws(() => planMount('/', '/'), { instanceOf: VolumeError, message });
});

test('a mountpoint beside a source whose name it begins with is fine', (t) => {
  const { source } = makeFolders(t);
  mkdirSync(`${source}-mount`);
  t.is(planMount(source, `${source}-mount`).mountpoint, `${source}-mount`);
});

testAsRoot('a mountpoint leads to its volume, whatever its name, though its daemon does not answer', (t) => {
  const { source, mountpoint } = makeFolders(t, 'a "source"\n\\ ü');
  const volume = createVolume(source);
  mountUnserved(t, source, mountpoint);
  t.deepEqual(openVolume(mountpoint), volume);
});

testAsRoot('a mount whose daemon was killed is removed by the next', (t) => {
  const { source, mountpoint } = makeFolders(t);
  const volume = createVolume(source);
  t.false(isDeadMount(mountpoint));
  mountUnserved(t, source, mountpoint).kill();
  t.true(isDeadMount(mountpoint));
  t.deepEqual(openVolume(mountpoint), volume);
  t.deepEqual(planMount(source, mountpoint), {
    source,
    mountpoint,
    removed: { mountpoint, survivors: [] },
    overItself: false,
    readOnly: false,
  });
  t.is(markerfsMountAt(mountpoint), undefined);
});

testAsRoot('unmount removes a dead mount, also named by its source', async (t) => {
  const { source, mountpoint } = makeFolders(t);
  mountUnserved(t, source, mountpoint).kill();
  t.deepEqual(await unmount(source), { mountpoint, survivors: [] });
  t.is(markerfsMountAt(mountpoint), undefined);
});

test('unmount of what is not mounted', async (t) => {
  const { mountpoint } = makeFolders(t);
  const message = `Cannot unmount "${mountpoint}": nothing is mounted there by markerfs; see what is: findmnt -t fuse.markerfs`;
  await t.throwsAsync(unmount(mountpoint), { instanceOf: VolumeError, message });
  await t.throwsAsync(unmount(`${mountpoint}/no`), { instanceOf: VolumeError, message: /: it does not exist; / });
});
