import { lstatSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Operation } from '../../src/journal/record.js';
import { withHoles } from '../../src/ship/holes.js';
import { S_IFLNK, S_IFREG } from '../../src/syscalls/index.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { REACHES } from './reaches.js';
import { rsyncWrapper } from './rsync-wrapper.js';
import { World } from './world.js';

useFakeSsh();

test('what takes less room than its size, and has no holes, is compressed, and need not be written for that', (t) => {
  const entry = { kind: S_IFREG, size: 9n, hasHoles: true, mtimeSec: 0n, mtimeNsec: 0, nlink: 1, dev: 1, ino: 1n };
  const source = (hasHoles: boolean) => ({ hasHoles: () => hasHoles });
  t.is(withHoles(source(true), 'file', entry), entry);
  t.deepEqual(withHoles(source(false), 'file', entry), { ...entry, hasHoles: false });
  const symlink = { ...entry, kind: S_IFLNK };
  t.is(withHoles(source(false), 'link', symlink), symlink);
});

const SIZE = 1 << 20;

function assertSparse(t: ExecutionContext, world: World): void {
  const { size, blocks } = lstatSync(world.inSlave('sparse'));
  t.is(size, SIZE);
  t.true(blocks * 512 < SIZE);
}

for (const [kind, reach] of Object.entries(REACHES)) {
  test(`${kind}: the holes of a sparse file stay holes`, async (t) => {
    const world = await World.create(t, { reach: (slave) => reach(t, slave) });
    world.write('sparse', '');
    world.change('sparse', Operation.data, (file) => truncateSync(file.toString(), SIZE));
    await world.pass();
    assertSparse(t, world);
  });

  test(`${kind}: a first copy that was cut and goes on leaves nothing full that is to have holes`, async (t) => {
    const world = await World.create(t, {
      reach: (slave) => reach(t, slave),
      fill: (source) => {
        writeFileSync(join(source, 'sparse'), '');
        truncateSync(join(source, 'sparse'), SIZE);
      },
    });
    const cut = rsyncWrapper(world, 'rsync "$@"; exit 30');
    t.regex((await world.tryPass({ rsync: cut })).error ?? '', /status 30/);
    // As it arrives where it gets its holes after rsync's list was made.
    const { mtime } = lstatSync(world.inSlave('sparse'));
    writeFileSync(world.inSlave('sparse'), Buffer.alloc(SIZE));
    utimesSync(world.inSlave('sparse'), mtime, mtime);
    await world.pass();
    assertSparse(t, world);
  });
}
