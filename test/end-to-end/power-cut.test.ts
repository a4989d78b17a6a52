import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { listAttributesSync } from 'fs-xattr';
import { newestMark } from '../../src/marker/mark.js';
import { Companion } from '../support/companion.js';
import type { Disk } from '../support/disks.js';
import { CuttableDisk } from '../support/power.js';
import { script } from '../support/run.js';
import { testAsRoot } from '../support/users.js';
import { type Pass, TestVolume } from '../support/volume.js';

/** Opens the file of each line before it is asked to write: then writes over its beginning so that it is on the disk. */
const WRITES = `
import mmap, os, sys
FLAGS = {'O_SYNC': os.O_SYNC, 'O_DSYNC': os.O_DSYNC, 'O_DIRECT': os.O_DIRECT}
data = mmap.mmap(-1, 4096)
data[:] = b'b' * 4096
files = {}
for line in sys.stdin:
    order, way = line.split()
    if order == 'open':
        access = os.O_RDWR if way == 'msync' else os.O_WRONLY
        files[way] = os.open(os.path.join(sys.argv[1], way, 'deep/file'), access | FLAGS.get(way, 0))
    elif way == 'msync':
        with mmap.mmap(files[way], 4096) as memory:
            memory[:] = data[:]
            memory.flush()
    else:
        os.pwrite(files[way], data, 0)
        if way == 'fsync': os.fsync(files[way])
        if way == 'fdatasync': os.fdatasync(files[way])
    print('done', flush=True)
`;

/** What is not asked when data is written comes first. */
const WAYS = ['O_DSYNC', 'O_DIRECT', 'msync', 'fdatasync', 'O_SYNC', 'fsync'] as const;

function markOf(path: string): number {
  const fd = openSync(path, 'r');
  try {
    const names = listAttributesSync(path).filter((name) => name.endsWith('.xtime'));
    return newestMark(fd, names) ?? 0;
  } finally {
    closeSync(fd);
  }
}

/** Writes in each of these ways to a file of its own, and looks after each what a power cut would leave of it. */
async function marksComeFirst(t: ExecutionContext, type: Disk['type'], openBefore: boolean): Promise<void> {
  const volume = await TestVolume.create(t);
  const disk = await CuttableDisk.mount(t, volume.source, type);
  // What is written there would take marks along to the disk.
  const elsewhere = ['--state-dir', join(volume.work, 'state')];
  await volume.markerfs(volume.source, volume.mountpoint, ...elsewhere);
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave, ...elsewhere);
  await script('cd "$1"; shift; for way; do mkdir -p "$way/deep"; head -c 8192 /dev/zero >"$way/deep/file"; done', [
    volume.mountpoint,
    ...WAYS,
  ]);
  const writer = new Companion(t, ['/usr/bin/python3', '-c', WRITES, volume.mountpoint]);
  if (openBefore) for (const way of WAYS) t.is(await writer.ask(`open ${way}`), 'done');
  const pass = JSON.parse(await volume.markerfs('ship', volume.source, '--json', ...elsewhere)) as Pass;
  for (const way of WAYS) {
    if (!openBefore) t.is(await writer.ask(`open ${way}`), 'done');
    t.is(await writer.ask(`write ${way}`), 'done');
    await disk.afterCut((path) => {
      const isWritten = readFileSync(join(path, way, 'deep/file')).includes('b');
      // What O_DIRECT writes need not be there.
      if (way !== 'O_DIRECT') t.true(isWritten, way);
      if (!isWritten) return;
      for (const object of ['', way, `${way}/deep`, `${way}/deep/file`])
        t.true(markOf(join(path, object)) > pass.syncPoint!, `${way}: "${object}" is not marked`);
    });
  }
  await writer.end();
  await volume.markerfs('umount', volume.mountpoint, ...elsewhere);
}

for (const type of ['ext4', 'xfs', 'btrfs'] as const) {
  for (const openBefore of [false, true])
    testAsRoot(
      `after a power cut no data is on ${type} without its marks, of files opened ${openBefore ? 'before' : 'after'} the last pass`,
      (t) => marksComeFirst(t, type, openBefore),
    );
}
