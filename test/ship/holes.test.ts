import { lstatSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Operation } from '../../src/journal/record.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { REACHES } from './reaches.js';
import { rsyncWrapper } from './rsync-wrapper.js';
import { World } from './world.js';

useFakeSsh();

const SIZE = 1 << 20;

for (const [kind, reach] of Object.entries(REACHES)) {
  test(`${kind}: the holes of a sparse file stay holes`, async (t) => {
    const world = await World.create(t, { reach: (slave) => reach(t, slave) });
    world.write('sparse', '');
    world.change('sparse', Operation.data, (file) => truncateSync(file.toString(), SIZE));
    await world.pass();
    const { size, blocks } = lstatSync(world.inSlave('sparse'));
    t.is(size, SIZE);
    t.true(blocks * 512 < SIZE);
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
    const { size, blocks } = lstatSync(world.inSlave('sparse'));
    t.is(size, SIZE);
    t.true(blocks * 512 < SIZE);
  });
}
