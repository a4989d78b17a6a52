import fs from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { type Verification, verify } from '../../../src/ship/verify/verify.js';
import { S_IFIFO } from '../../../src/syscalls/index.js';
import { useFakeSsh } from '../../slave/fake-ssh.js';
import { must } from '../../support/run.js';
import { World } from '../world.js';

useFakeSsh();

/** A world with a slave behind an agent, and objects of these names in it, shipped. */
async function shipped(t: ExecutionContext, names: readonly string[]): Promise<World> {
  const world = await World.create(t, { reach: (slave) => ({ target: `host:${slave}` }) });
  world.mkdir('d');
  world.mkdir('d/e');
  for (const name of names) world.write(name, `content of ${name}`);
  return world;
}

const named = ({ differences }: Verification) =>
  Object.fromEntries(differences.map(({ path, aspects }) => [path, aspects]));

/** Other content of the same length, and the same times. */
async function corrupt(full: string): Promise<void> {
  const { size } = fs.statSync(full);
  await must([
    'bash',
    '-c',
    't=$(stat -c %y "$1"); printf "%0$2d" 0 >"$1"; touch -d "$t" "$1"',
    'bash',
    full,
    `${size}`,
  ]);
}

test('each kind of difference to a copy behind an agent is found, and nothing else', async (t) => {
  const names = ['content', 'mode', 'owner', 'group', 'acl', 'xattrs', 'mtime', 'kind', 'gone', 'd/same', 'd/e/deep'];
  const world = await shipped(t, names);
  for (const name of ['one', 'd/e/odd\n\udcff', 'alone', 'alone2']) world.write(name, 'same', '1000000000.5');
  world.link('one', 'd/two');
  world.symlink('symlink', 'target');
  world.mknod('fifo', S_IFIFO | 0o600);
  await world.pass();
  // A volume of its own may have marks on the slave.
  await must(['setfattr', '-n', 'trusted.markerfs.x.xtime', '-v', 'y', `${world.slave}/d/same`]);
  t.like(await verify(world.volume, world.state, 'copy'), { differences: [], unsettled: 0, compared: 20 });

  const at = (name: string) => `${world.slave}/${name}`;
  await corrupt(at('content'));
  await must(['chmod', '4600', at('mode')]);
  await must(['chown', '7', at('owner')]);
  await must(['chgrp', '8', at('group')]);
  await must(['setfacl', '-d', '-m', 'u:1:r', at('d/e')]);
  await must(['setfattr', '-n', 'trusted.other', '-v', 'x', at('xattrs')]);
  await must(['touch', '-d', '2001-01-01', at('mtime')]);
  for (const name of ['kind', 'gone', 'symlink', 'fifo']) fs.rmSync(at(name));
  fs.mkdirSync(at('kind'));
  fs.symlinkSync('elsewhere', at('symlink'));
  fs.mkdirSync(at('d/extra/below'), { recursive: true });
  fs.rmSync(at('alone2'));
  fs.linkSync(at('alone'), at('alone2'));
  fs.rmSync(at('d/two'));
  await must(['cp', '-p', at('one'), at('d/two')]);
  const { '': root, ...found } = named(await verify(world.volume, world.state, 'copy'));
  t.deepEqual(root, ['mtime']);
  t.deepEqual(found, {
    ...{ content: ['content'], mode: ['mode'], owner: ['owner'], group: ['group'], 'd/e': ['acl'], xattrs: ['xattrs'] },
    ...{ mtime: ['mtime'], kind: ['missing'], gone: ['missing'], fifo: ['missing'], symlink: ['content', 'mtime'] },
    ...{ d: ['mtime'], 'd/extra': ['extra'], 'd/extra/below': ['extra'], one: ['link'], 'd/two': ['link'] },
    ...{ alone: ['link'], alone2: ['link'] },
  });
  await verify(world.volume, world.state, 'copy', { repair: true });
  await world.pass();
  t.is(await world.differences(), '');
});

test('a sample reads the contents of some files, others each time, and looks at everything else', async (t) => {
  const names = Array.from({ length: 100 }, (_, at) => `d/${at}`);
  const world = await shipped(t, names);
  await world.pass();
  for (const name of names) await corrupt(`${world.slave}/${name}`);
  await must(['chmod', '600', `${world.slave}/d/7`]);
  const sample = async (share: number) => named(await verify(world.volume, world.state, 'copy', { share }));
  t.deepEqual(await sample(1e-9), { 'd/7': ['mode'] });
  const [first, second] = [await sample(0.5), await sample(0.5)];
  for (const found of [first, second]) {
    const count = Object.keys(found).length;
    t.true(count > 20 && count < 80, `${count} of 100`);
  }
  t.notDeepEqual(first, second);
  t.is(Object.keys(await sample(1)).length, 100);
});
