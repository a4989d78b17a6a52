import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Operation } from '../../src/journal/record.js';
import { verify } from '../../src/ship/verify/verify.js';
import { Versions } from '../../src/slave/local/versions/find.js';
import { STORE, timesIn } from '../../src/slave/local/versions/layout.js';
import { thin } from '../../src/slave/local/versions/thin.js';
import { Tree } from '../../src/slave/tree.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { mountDisk, unmountDisk } from '../support/disks.js';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';
import { ALL_CHANGES, followChanges } from './cases.js';
import { World } from './world.js';

useFakeSsh();

const DAY_MS = 86_400_000;
const KEEP = { keepVersionsMs: 30 * DAY_MS };
const here = (slave: string) => ({ target: slave, settings: KEEP });
const behindAgent = (slave: string) => ({ target: `host:${slave}`, settings: KEEP });

for (const [kind, reach] of [
  ['local slave', here],
  ['slave behind an agent', behindAgent],
] as const) {
  for (const crawl of ['journal', 'walk'] as const) {
    test(`${crawl}: a ${kind} that keeps versions follows all kinds of changes`, (t) =>
      followChanges(t, ALL_CHANGES, crawl, { reach }));
  }

  test(`a ${kind} that keeps versions keeps none of what is excluded, which stays where it is`, async (t) => {
    const world = await World.create(t, { reach });
    for (const name of ['d', 'd/sub', 'e']) world.mkdir(name);
    for (const name of ['d/sub/a.tmp', 'd/sub/file', 'd/gone', 'e/b.tmp', 'e/file', 'file']) world.write(name, name);
    await world.pass();
    world.state.slaves.setSettings('copy', { ...KEEP, exclude: ['*.tmp'] });
    await world.pass();
    const beforeUs = Date.now() * 1000;
    world.remove('d');
    world.rename('e', 'f');
    world.write('file', 'written anew');
    await world.pass();
    const { differences } = await verify(world.volume, world.state, 'copy');
    t.deepEqual(differences, []);
    for (const name of ['d/sub/a.tmp', 'e/b.tmp']) t.is(readFileSync(world.inSlave(name), 'utf8'), name);
    const tree = Tree.open(world.slave);
    t.teardown(() => tree.close());
    const versions = new Versions(tree);
    for (const name of ['d/sub/file', 'd/gone', 'e/file', 'file'])
      t.is(readFileSync(world.inSlave(join(versions.at(name, beforeUs)!.folder, name)), 'utf8'), name);
    for (const name of ['d/sub/a.tmp', 'e/b.tmp']) t.deepEqual([...versions.of(name)].length, 1, 'what is there now');
  });

  test(`a ${kind} keeps what a pass replaces and removes, as it was`, async (t) => {
    const world = await World.create(t, { reach });
    const odd = Buffer.from('od\xff\n', 'latin1');
    world.mkdir('dir');
    world.mkdir('dir/sub');
    world.write('dir/sub/deep', 'deep');
    world.write('dir/file', 'one', '1000.123456789');
    world.change('dir/file', Operation.meta, (full) => chmodSync(full, 0o640));
    world.write(odd, 'odd');
    world.write('gone', 'gone');
    world.write('old', 'replaced by a rename');
    world.write('new', 'the new one');
    world.write('a', 'linked');
    world.link('a', 'b');
    await world.pass();
    const firstUs = Date.now() * 1000;
    world.write('dir/file', 'two');
    world.write(odd, 'even');
    world.unlink('gone');
    world.rename('new', 'old');
    world.unlink('b');
    await world.pass();
    t.is(await world.differences(), '');
    t.is(lstatSync(world.inSlave('a')).nlink, 1);
    const secondUs = Date.now() * 1000;
    world.remove('dir');
    world.write('a', 'other');
    await world.pass();
    t.is(await world.differences(), '');

    const tree = Tree.open(world.slave);
    t.teardown(() => tree.close());
    const versions = new Versions(tree);
    const content = (path: string, timeUs: number): string | undefined => {
      const version = versions.at(path, timeUs);
      if (!version) return undefined;
      const full = Buffer.concat([Buffer.from(`${world.slave}/`), Buffer.from(join(version.folder, path), 'latin1')]);
      return version.stat.isDirectory ? 'directory' : readFileSync(full, 'utf8');
    };
    t.is(content('dir/file', firstUs), 'one');
    t.is(content('dir/file', secondUs), 'two');
    t.is(content('dir/file', Date.now() * 1000), undefined);
    t.is(content('od\xff\n', firstUs), 'odd');
    t.is(content('od\xff\n', secondUs), 'even');
    t.is(content('gone', firstUs), 'gone');
    t.is(content('gone', secondUs), undefined);
    t.is(content('old', firstUs), 'replaced by a rename');
    t.is(content('b', firstUs), 'linked');
    t.is(content('a', firstUs), 'linked');
    t.is(content('dir/sub/deep', secondUs), 'deep');
    t.is(content('dir', secondUs), 'directory');
    const { mode, mtimeSec, mtimeNsec } = versions.at('dir/file', firstUs)!.stat;
    t.deepEqual([mode & 0o7777, mtimeSec, mtimeNsec], [0o640, 1000n, 123456789]);
    t.deepEqual(
      [...versions.below('dir', firstUs)].map(({ path }) => path),
      ['dir', 'dir/file', 'dir/sub', 'dir/sub/deep'],
    );
    t.is(lstatSync(join(world.slave, STORE)).mode & 0o777, 0o700);
  });
}

test('what a pass kept that was cut is not replaced by the next one', async (t) => {
  const world = await World.create(t, { reach: here });
  world.write('file', 'one');
  await world.pass();
  const firstUs = Date.now() * 1000;
  world.write('file', 'two');
  // Everything is done, and then the connection is lost: the next pass does it all once more.
  const rsync = join(makeWork(t), 'rsync');
  writeFileSync(rsync, '#!/bin/sh\nrsync "$@"\nexit 12\n', { mode: 0o755 });
  t.not((await world.tryPass({ rsync })).error, undefined);
  t.is(readFileSync(world.inSlave('file'), 'utf8'), 'two');
  await world.pass();
  const tree = Tree.open(world.slave);
  t.teardown(() => tree.close());
  const versions = [...new Versions(tree).of('file')].map(({ folder }) =>
    readFileSync(join(world.slave, folder, 'file'), 'utf8'),
  );
  t.deepEqual(versions, ['one', 'two', 'two']);
  t.is(new Versions(tree).at('file', firstUs)?.folder, `${STORE}/${timesIn(tree)[0]}/r`);
});

testAsRoot('where a full disk has no room to keep a version, nothing is lost, and the next pass does it', async (t) => {
  const world = await World.create(t, {
    reach: async (slave) => {
      await mountDisk(slave, { type: 'ext4', mib: 8, format: ['-m', '0'] });
      t.teardown(() => unmountDisk(slave));
      return here(slave);
    },
  });
  world.mkdir('dir');
  world.write('dir/gone', 'gone');
  world.write('file', 'one');
  await world.pass();
  const firstUs = Date.now() * 1000;
  world.unlink('dir/gone');
  world.write('file', 'two');
  const filler = openSync(join(world.slave, '.markerfs-slave/filler'), 'w');
  for (const size of [1 << 20, 4096, 1]) t.throws(() => writeForEver(filler, size), { code: 'ENOSPC' });
  closeSync(filler);
  const { error, failed } = await world.tryPass();
  t.true(error !== undefined || failed > 0);
  t.is(readFileSync(world.inSlave('dir/gone'), 'utf8'), 'gone');
  rmSync(join(world.slave, '.markerfs-slave/filler'));
  await world.pass();
  t.is(await world.differences(), '');
  const tree = Tree.open(world.slave);
  t.teardown(() => tree.close());
  const versions = new Versions(tree);
  for (const [name, content] of Object.entries({ file: 'one', 'dir/gone': 'gone' }))
    t.is(readFileSync(join(world.slave, versions.at(name, firstUs)!.folder, name), 'utf8'), content);
});

function writeForEver(fd: number, size: number): never {
  for (;;) writeSync(fd, Buffer.alloc(size));
}

test('without the setting nothing is kept', async (t) => {
  const world = await World.create(t);
  world.write('file', 'one');
  await world.pass();
  world.unlink('file');
  await world.pass();
  t.false(readdirSync(join(world.slave, '.markerfs-slave')).includes('versions'));
});

const HOUR_US = 3600e6;

test('all of an hour is kept, one an hour for a day, one a day for a week, one a week until the end', (t) => {
  const slave = makeWork(t);
  const nowUs = 1_800_000_000e6;
  const keep = (ageHours: number, ...names: string[]): string => {
    const time = String(nowUs - ageHours * HOUR_US);
    mkdirSync(join(slave, STORE, time, 'r/in'), { recursive: true });
    for (const name of names) writeFileSync(join(slave, STORE, time, 'r/in', name), '');
    return time;
  };
  const minutes = [keep(0.1, 'a'), keep(0.2, 'a'), keep(0.3, 'a')];
  // 1,800,000,000 is a whole number of hours: 5.2 and 5.6 hours before lie in the same one.
  const hour = [keep(5.2, 'a'), keep(5.6, 'a', 'only')];
  const days = [keep(100.1, 'a'), keep(100.2, 'a')];
  const old = keep(24 * 40, 'a');
  const tree = Tree.open(slave);
  t.teardown(() => tree.close());
  thin(tree, slave, 30 * 24 * HOUR_US, nowUs);
  tree.forget();
  const names = (time: string): string[] => readdirSync(join(slave, STORE, time, 'r/in'));
  for (const time of minutes) t.deepEqual(names(time), ['a']);
  t.deepEqual(hour.map(names), [['a'], ['only']]);
  t.deepEqual(days.map(names), [['a'], []]);
  t.false(timesIn(tree).includes(Number(old)));
  // Not again at once.
  keep(5.3, 'a');
  thin(tree, slave, 30 * 24 * HOUR_US, nowUs + 1);
  t.is(timesIn(tree).length, 8);
});

test('a slave that only rsync reaches, and one that is written in place, keep no versions', async (t) => {
  await t.throwsAsync(
    World.create(t, { reach: (slave) => ({ target: `host:${slave}`, settings: { ...KEEP, rsyncOnly: true } }) }),
    {
      message: /^Cannot add slave "copy": old versions cannot be kept/,
    },
  );
  await t.throwsAsync(
    World.create(t, { reach: (slave) => ({ target: slave, settings: { ...KEEP, inplaceKiB: 1 } }) }),
    {
      message: /together/,
    },
  );
});
