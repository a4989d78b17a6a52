import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { verify } from '../../src/ship/verify/verify.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { REACHES } from './reaches.js';
import { World } from './world.js';

useFakeSsh();

/** What a slave has: `name` or `name: content`. */
function holdings(slave: string): string[] {
  const entries = fs.readdirSync(slave, { recursive: true, withFileTypes: true });
  const lines = entries.map((entry) => {
    const full = path.join(entry.parentPath, entry.name);
    return path.relative(slave, full) + (entry.isFile() ? `: ${fs.readFileSync(full, 'utf8')}` : '');
  });
  return lines.filter((line) => !line.startsWith('.markerfs-slave')).sort();
}

for (const [kind, reach] of Object.entries(REACHES)) {
  for (const crawl of ['journal', 'walk'] as const) {
    test(`${crawl}: ${kind} keeps what is deleted, has all the rest, and gives it up when it is told to`, async (t) => {
      const world = await World.create(t, { reach: (slave) => reach(t, slave) });
      const change = async (settings: { keepDeletes?: true | undefined }) =>
        world.state.slaves.setSettings('copy', settings);
      for (const name of ['d', 'd/sub', 'to-file', 'site', 'site/media', 'next', 'next/media']) world.mkdir(name);
      for (const name of ['d/stays', 'd/gone', 'd/sub/deep', 'to-file/inside', 'to-directory', 'old-name'])
        world.write(name, name);
      for (const name of ['site/page', 'site/only-old', 'site/media/old', 'next/page', 'next/media/new'])
        world.write(name, name);
      world.write('one', 'linked');
      world.link('one', 'other');
      await world.pass();

      await change({ keepDeletes: true });
      for (const name of ['d/gone', 'd/sub', 'to-file', 'to-directory', 'site', 'one']) world.remove(name);
      world.write('to-file', 'a file');
      world.mkdir('to-directory');
      world.write('to-directory/new', 'new');
      world.rename('next', 'site');
      world.rename('d', 'e');
      world.rename('old-name', 'new-name');
      if (crawl === 'walk') world.loseJournal();
      t.is((await world.pass({ maxDelete: { objects: 2 } })).deleted, 0, 'only what gives way counts');
      const isReplayed = crawl === 'journal' && kind !== 'a slave of an rsync daemon';
      const everywhere = [
        ...['other: linked', 'to-directory', 'to-directory/new: new', 'to-file: a file', 'new-name: old-name'],
        ...['e', 'e/stays: d/stays', 'site', 'site/media', 'site/media/new: next/media/new', 'site/page: next/page'],
        ...['one: linked', 'site/only-old: site/only-old', 'site/media/old: site/media/old'],
      ];
      const renamed = ['e/gone: d/gone', 'e/sub', 'e/sub/deep: d/sub/deep'];
      const asDeleted = [
        ...['d', 'd/gone: d/gone', 'd/stays: d/stays', 'd/sub', 'd/sub/deep: d/sub/deep', 'old-name: old-name'],
        ...['next', 'next/media', 'next/media/new: next/media/new', 'next/page: next/page'],
      ];
      const kept = isReplayed ? renamed : asDeleted;
      t.deepEqual(holdings(world.slave), [...everywhere, ...kept].sort());
      t.like(await verify(world.volume, world.state, 'copy'), { differences: [], kept: kept.length + 3 });
      t.is((await world.pass()).shipped, 0, 'nothing is left to do');

      world.write('one', 'made again');
      world.write('other', 'changed');
      world.mkdir('site/only-old');
      if (crawl === 'walk') world.loseJournal();
      await world.pass();
      t.like(await verify(world.volume, world.state, 'copy'), { differences: [], kept: kept.length + 1 });

      await change({ keepDeletes: undefined });
      await world.pass();
      t.is(await world.differences(), '');
      t.false(world.state.slaves.need('copy').keptDeletes);
    });
  }
}

test('an adopted directory keeps what it held, until it is told not to, also where its first pass was cut', async (t) => {
  const fill = (_: string, slave: string): void => {
    fs.mkdirSync(`${slave}/d`);
    fs.writeFileSync(`${slave}/d/own`, 'own');
  };
  const world = await World.create(t, { adopt: true, fill });
  world.state.slaves.setSettings('copy', { keepDeletes: true });
  world.mkdir('d');
  world.write('d/file', 'file');
  const cut = path.join(path.dirname(world.slave), 'cut-rsync');
  fs.writeFileSync(cut, '#!/bin/sh\nrsync "$@"\nexit 12\n', { mode: 0o755 });
  t.truthy((await world.tryPass({ rsync: cut })).error);
  t.true(world.state.slaves.need('copy').keptDeletes, 'it is noted before anything is kept');
  await world.pass();
  t.deepEqual(holdings(world.slave), ['d', 'd/file: file', 'd/own: own']);
  world.state.slaves.setSettings('copy', { keepDeletes: undefined });
  await world.pass();
  t.is(await world.differences(), '');
});

test('a dry run names no delete of what is kept, nor renames it', async (t) => {
  const world = await World.create(t);
  for (const name of ['d', 'next']) world.mkdir(name);
  for (const name of ['d/old', 'gone']) world.write(name, name);
  await world.pass();
  world.state.slaves.setSettings('copy', { keepDeletes: true });
  for (const name of ['d', 'gone']) world.remove(name);
  world.rename('next', 'd');
  const told: unknown[] = [];
  await world.pass({ rehearsal: { begin: () => () => undefined, tell: (_, action) => told.push(action) } });
  t.deepEqual(
    told.filter((action) => (action as { action: string }).action !== 'ship'),
    [{ action: 'rename', path: 'next', path2: 'd' }],
  );
  t.false(world.state.slaves.need('copy').keptDeletes);
  await world.pass();
  t.deepEqual(holdings(world.slave), ['d', 'd/old: d/old', 'gone: gone']);
});
