import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ship } from '../../src/ship/ship.js';
import { verify } from '../../src/ship/verify/verify.js';
import { addSlave, removeSlave } from '../../src/slave/registry.js';
import { UserError } from '../../src/volume/errors.js';
import { Rsyncd } from '../support/rsyncd.js';
import { must, run } from '../support/run.js';
import { testAsRoot } from '../support/users.js';
import { World, type WorldOptions } from './world.js';

/** A world whose slave only an rsync daemon reaches. */
async function daemonWorld(t: ExecutionContext, options: WorldOptions = {}): Promise<{ world: World; daemon: Rsyncd }> {
  let daemon: Rsyncd | undefined;
  const world = await World.create(t, {
    ...options,
    reach: async (directory) => {
      daemon = await Rsyncd.start(t, directory);
      return { target: daemon.target(), settings: { passwordFile: daemon.passwordFile } };
    },
  });
  return { world, daemon: daemon! };
}

const stateOf = (world: World) => world.state.slaves.need('copy');

test('what only the slave has goes, also what was there when it was adopted', async (t) => {
  const fill = (_: string, slave: string): void => {
    fs.mkdirSync(`${slave}/d/extra`, { recursive: true });
    for (const name of ['d/extra/file', 'd/same', 'other']) fs.writeFileSync(`${slave}/${name}`, 'old');
    fs.linkSync(`${slave}/d/same`, `${slave}/linked`);
  };
  const { world } = await daemonWorld(t, { adopt: true, fill });
  world.mkdir('d');
  for (const name of ['d/same', 'linked']) world.write(name, 'old');
  await world.pass();
  t.is(await world.differences(), '');
  t.is(fs.statSync(world.inSlave('linked')).nlink, 1, 'a link that the source does not have is cut');
  t.is(fs.statSync(world.inSlave('.markerfs-slave')).mode & 0o777, 0o700);
});

test('a first pass that is cut is gone on with, and what changed meanwhile arrives', async (t) => {
  const { world } = await daemonWorld(t);
  world.mkdir('d');
  for (const name of ['d/1', 'd/2', 'd/3']) world.write(name, name);
  world.symlink('s', 'd');
  for (const [name, other] of [
    ['d/1', 'd/one'],
    ['s', 't'],
  ] as const)
    world.link(name, other);
  const cut = path.join(path.dirname(world.slave), 'cut-rsync');
  fs.writeFileSync(cut, '#!/bin/sh\nrsync "$@"\nexit 12\n', { mode: 0o755 });
  t.regex((await world.tryPass({ rsync: cut })).error ?? '', /status 12/);
  t.true(fs.existsSync(world.inSlave('d/1')));
  t.like(stateOf(world), { state: 'faulty', stimeUs: 0 });
  world.unlink('t');
  world.symlink('t', 'd');
  world.unlink('d/one');
  world.write('d/one', 'd/1');
  world.unlink('d/2');
  t.like(await world.pass(), { crawl: 'initial' });
  t.is(await world.differences(), '');
  t.deepEqual(
    ['s', 't', 'd/1', 'd/one'].map((name) => fs.lstatSync(world.inSlave(name)).nlink),
    [1, 1, 1, 1],
  );
});

test('a symlink whose other name became another one is made anew', async (t) => {
  const { world } = await daemonWorld(t);
  world.symlink('a', 'target');
  world.link('a', 'b');
  await world.pass();
  t.is(fs.lstatSync(world.inSlave('a')).nlink, 2);
  world.unlink('b');
  world.symlink('b', 'target');
  t.like(await world.pass(), { crawl: 'journal' });
  t.is(await world.differences(), '');
  t.is(fs.lstatSync(world.inSlave('a')).nlink, 1);
});

test('a daemon that is down makes the slave faulty with the reason, until it is up again', async (t) => {
  const { world, daemon } = await daemonWorld(t);
  await world.pass();
  world.write('file', 'content');
  await daemon.stop();
  t.regex((await world.tryPass()).error ?? '', /^Cannot use slave "copy": .*(refused|reset)/);
  t.like(stateOf(world), { state: 'faulty' });
  await daemon.restart();
  await world.pass();
  t.is(await world.differences(), '');
  t.like(stateOf(world), { state: 'active', reason: null });
});

test('another copy at the same place is refused, and nothing in it is touched', async (t) => {
  const { world } = await daemonWorld(t);
  world.write('file', 'content');
  await world.pass();
  const identity = world.inSlave('.markerfs-slave/identity.json').toString();
  const text = fs.readFileSync(identity, 'utf8');
  fs.writeFileSync(identity, text.replace(stateOf(world).id, 'another'));
  fs.writeFileSync(world.inSlave('precious'), '');
  world.write('file', 'changed');
  t.regex((await world.tryPass()).error ?? '', /is the copy of another volume or slave \("copy"\)/);
  fs.rmSync(identity);
  t.regex((await world.tryPass()).error ?? '', /holds no copy of this volume/);
  t.is(fs.readFileSync(world.inSlave('file'), 'utf8'), 'content');
  t.true(fs.existsSync(world.inSlave('precious')));
  fs.writeFileSync(identity, text);
  await world.pass();
  // What others make on a slave is found by verify.
  const { differences } = await verify(world.volume, world.state, 'copy', { repair: true });
  t.deepEqual(differences, [{ path: 'precious', aspects: ['extra'] }]);
  await world.pass();
  t.is(await world.differences(), '');
});

testAsRoot('what cannot be written or deleted waits, the rest arrives', async (t) => {
  const { world } = await daemonWorld(t);
  world.mkdir('d');
  for (const name of ['d/stuck', 'd/free', 'd/doomed']) world.write(name, 'old');
  const { syncPoint } = await world.pass();
  const stuck = ['stuck', 'doomed'].map((name) => world.inSlave(`d/${name}`).toString());
  await must(['chattr', '+i', ...stuck]);
  t.teardown(() => run(['chattr', '-f', '-i', ...stuck]));
  for (const name of ['d/stuck', 'd/free']) world.write(name, 'new');
  world.unlink('d/doomed');
  t.like(await world.tryPass(), { failed: 2, syncPoint });
  const waiting = world.state.pending.of('copy').map(({ path, kind }) => `${path} ${kind}`);
  t.deepEqual(waiting, ['d/doomed failed', 'd/stuck failed']);
  t.is(fs.readFileSync(world.inSlave('d/free'), 'utf8'), 'new');
  await must(['chattr', '-i', ...stuck]);
  await world.pass();
  t.is(await world.differences(), '');
});

test('a pass that would delete more than it may deletes nothing', async (t) => {
  const { world } = await daemonWorld(t);
  world.mkdir('d');
  for (const name of ['d/1', 'd/2', 'd/3', 'kept']) world.write(name, name);
  await world.pass();
  world.remove('d');
  const { error } = await world.tryPass({ maxDelete: { objects: 3 } });
  t.regex(error ?? '', /more than 3 objects would go/);
  t.true(fs.existsSync(world.inSlave('d/3')));
  t.like(await world.pass({ maxDelete: { objects: 4 } }), { deleted: 4 });
  t.is(await world.differences(), '');
});

test('what cannot be a slave is refused with the reason, and nothing is added', async (t) => {
  const { world, daemon } = await daemonWorld(t);
  const settings = { passwordFile: daemon.passwordFile };
  const refused = async (message: RegExp, target: string, more: object = settings): Promise<void> => {
    const adding = addSlave(world.volume, world.state, 'other', target, { settings: more });
    await t.throwsAsync(adding, { instanceOf: UserError, message });
    t.is(world.state.slaves.get('other'), undefined);
  };
  await refused(/is slave "copy" already/, daemon.target());
  await refused(/Unknown module 'none'/, daemon.target('', 'none'));
  await refused(/No such file or directory/, daemon.target('/none'));
  await refused(/refuses user or password/, daemon.target(), {});
  const password = path.join(path.dirname(world.slave), 'password');
  fs.writeFileSync(password, 'wrong\n', { mode: 0o600 });
  await refused(/refuses user or password/, daemon.target(), { passwordFile: password });
  fs.chmodSync(password, 0o644);
  await refused(/others may read it; run: chmod 600/, daemon.target(), { passwordFile: password });
  await refused(/password file is of no use/, world.slave);
  await refused(/names no module/, 'rsync://127.0.0.1/');
  fs.mkdirSync(world.inSlave('in'));
  fs.writeFileSync(world.inSlave('in/file'), '');
  await refused(/is not empty; with --adopt/, daemon.target('/in'));
  fs.rmSync(world.inSlave('in/file'));
  await daemon.restart(['read only = yes']);
  await refused(/module is read only/, daemon.target('/in'));
  await daemon.restart(['refuse options = delete']);
  await refused(/refuse.*delete/, daemon.target('/in'));
  t.deepEqual(fs.readdirSync(world.inSlave('in')), []);
});

testAsRoot('what the other side cannot keep is told, and left out', async (t) => {
  const { world, daemon } = await daemonWorld(t);
  const far = path.join(path.dirname(world.slave), 'far');
  fs.mkdirSync(far);
  fs.chownSync(far, 65_534, 65_534);
  const modest = await Rsyncd.start(t, far, ['uid = 65534', 'gid = 65534']);
  const settings = { passwordFile: modest.passwordFile };
  const remarks: string[] = [];
  const onRemark = (text: string): number => remarks.push(text);
  await addSlave(world.volume, world.state, 'far', modest.target(), { settings, onRemark });
  for (const what of ['owners', 'groups', 'device nodes'])
    t.true(
      remarks.some((text) => text.startsWith(`Slave "far": it keeps no ${what}`)),
      remarks.join('\n'),
    );
  t.is(remarks.length, 3, remarks.join('\n'));
  world.write('file', 'content');
  fs.chownSync(world.inSource('file'), 41_001, 41_001);
  world.mknod('device', 0o020600, 1, 3);
  const results = await ship(world.volume);
  t.deepEqual(
    results.map(({ error, failed }) => [error, failed]),
    [
      [undefined, 0],
      [undefined, 0],
    ],
  );
  t.is(fs.readFileSync(`${far}/file`, 'utf8'), 'content');
  t.is(await world.differences(), '');
  t.deepEqual((await verify(world.volume, world.state, 'far')).differences, []);
  await removeSlave(world.volume, world.state, 'far');
  t.deepEqual(fs.readdirSync(`${far}/.markerfs-slave`), []);
  await daemon.stop();
});
