import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestFn } from 'ava';
import { mountDisk } from '../support/disks.js';
import { must, script } from '../support/run.js';
import { Served } from '../support/served.js';
import { anybody, privileged, runIn } from './posix/suite.js';
import { get, set } from './posix/xattrs.js';

interface Filesystem {
  /** Gets it to a source. */
  readonly mount: (source: string) => Promise<unknown>;
  /** Cases in which it differs from ext4 by itself, and why. */
  readonly differs: Readonly<Record<string, string>>;
}

const FILESYSTEMS: Readonly<Record<string, Filesystem>> = {
  xfs: {
    mount: (source) => mountDisk(source, { type: 'xfs', mib: 320 }),
    differs: {
      'renaming succeeds or is refused by what stands at both names': 'says EEXIST for ENOTEMPTY, as POSIX permits',
      'symlinks hold any target': 'of 1023 bytes at most',
      'devices keep their numbers': 'majors have 9 bits, minors 18',
    },
  },
  btrfs: {
    mount: (source) => mountDisk(source, { type: 'btrfs', mib: 256 }),
    differs: { 'directories are made and removed, and the parent counts them': 'every directory has one link' },
  },
  tmpfs: {
    mount: (source) => must(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', source]),
    differs: { 'fallocate punches holes and zeroes ranges': 'zeroes no ranges' },
  },
};

/** The others keep them in a block. */
const hasLongXattrs = new Set(['xfs', 'tmpfs']);

/** Only root mounts them, and only where the kernel has them. */
const known = readFileSync('/proc/filesystems', 'latin1');
const isHere = (type: string) => process.getuid?.() === 0 && known.split(/\s+/).includes(type);

const served: Record<string, Served> = {};

for (const [type, { mount, differs }] of Object.entries(FILESYSTEMS)) {
  const testHere = (isHere(type) ? test : test.skip) as TestFn;
  test.before(`${type} is mounted, and served`, async () => {
    if (isHere(type)) served[type] = await Served.start(({ source }) => mount(source));
  });
  const all = { ...anybody, ...privileged };
  const cases = Object.fromEntries(Object.entries(all).filter(([title]) => !Object.hasOwn(differs, title)));
  const plainFolder = () => {
    const folder = join(served[type]!.source, 'plain');
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  runIn(testHere, `${type} itself`, plainFolder, cases);
  runIn(testHere, `mount of ${type}`, () => served[type]!.mountpoint, cases);
  test(`what ${type} does otherwise is a case`, (t) => {
    for (const title of Object.keys(differs)) t.true(Object.hasOwn(all, title), title);
  });
  if (hasLongXattrs.has(type))
    testHere(`xattrs of ${type} are up to 64 KiB long`, (t) => {
      const path = join(served[type]!.mountpoint, 'long xattr');
      writeFileSync(path, '');
      const value = Buffer.alloc(65536, 'x');
      t.is(set(path, 'trusted.long', value), 0);
      t.is(get(path, 'trusted.long'), value.toString('latin1'));
      t.is(get(join(served[type]!.source, 'long xattr'), 'trusted.long'), value.toString('latin1'));
      t.is(set(path, 'trusted.long', `${value}x`), 'E2BIG');
    });
  testHere(`the kernel reads and writes the files of ${type} itself`, (t) => t.true(served[type]!.passthrough));
}

/** A subvolume is another device, with the same inode numbers; its mount is the one of what it lies in. */
(isHere('btrfs') ? test : test.skip)(
  'subvolumes of btrfs are directories whose inode numbers are their own',
  async (t) => {
    const { source, mountpoint } = served.btrfs!;
    await must(['btrfs', 'subvolume', 'create', join(source, 'sub')]);
    await script(
      'cd "$1"; mkdir dir; touch dir/file; touch sub/file; ln sub/file sub/link; mkdir sub/dir; mv sub/dir sub/file dir',
      [mountpoint],
    );
    await must(['btrfs', 'subvolume', 'snapshot', join(source, 'sub'), join(source, 'snapshot')]);
    const found = await must(['find', '.', '-printf', '%i %p\\n'], { cwd: mountpoint });
    const numbers = (pattern: RegExp) =>
      found
        .split('\n')
        .filter((line) => pattern.test(line))
        .map((line) => line.split(' ')[0]);
    t.is(new Set(numbers(/ \.$| \.\/(sub|snapshot|dir)$/)).size, 4);
    t.is(new Set(numbers(/ \.\/(sub|snapshot)\/link$/)).size, 2);
    for (const folder of ['sub', 'snapshot']) {
      const [entry] = (await must(['ls', '-i', join(mountpoint, folder)])).trim().split(/\s+/);
      t.is(entry, String(statSync(join(mountpoint, folder, 'link'), { bigint: true }).ino), folder);
    }
  },
);

test.after.always('the daemons end in order, and found no fault in themselves', async (t) => {
  for (const one of Object.values(served)) {
    t.is(await one.stop(), 0, one.log);
    t.notRegex(one.log, /Cannot serve|Worker/);
  }
});
