import { readFileSync, readlinkSync } from 'node:fs';
import test from 'ava';
import { must } from '../support/run.js';
import { CASES, followChanges } from './cases.js';
import { World } from './world.js';

for (const [name, changes] of Object.entries(CASES)) {
  for (const crawl of ['journal', 'walk'] as const) test(`${crawl}: ${name}`, (t) => followChanges(t, changes, crawl));
}

test('a symlink on the source is never followed, not even as a parent', async (t) => {
  const world = await World.create(t);
  world.mkdir('d');
  world.write('d/secret', 'inside');
  await world.pass();
  world.remove('d');
  world.symlink('d', '/etc');
  await world.pass();
  t.is(readlinkSync(world.inSlave('d')), '/etc');
  t.is(await world.differences(), '');
});

test('a symlink that somebody put on the slave is never followed', async (t) => {
  const world = await World.create(t);
  for (const name of ['d', 'e']) world.mkdir(name);
  for (const name of ['d/file', 'd/gone', 'e/moved']) world.write(name, name);
  await world.pass();
  await must(['mkdir', '-p', `${world.slave}.outside`]);
  t.teardown(() => must(['rm', '-rf', `${world.slave}.outside`]));
  await must(['cp', '-a', `${world.slave}/d/.`, `${world.slave}.outside`]);
  await must(['rm', '-r', `${world.slave}/d`]);
  await must(['ln', '-s', `${world.slave}.outside`, `${world.slave}/d`]);
  world.write('d/file', 'changed');
  world.unlink('d/gone');
  world.rename('e/moved', 'd/moved');
  await world.pass();
  t.is(readFileSync(`${world.slave}.outside/file`, 'utf8'), 'd/file');
  t.is(readFileSync(`${world.slave}.outside/gone`, 'utf8'), 'd/gone');
  t.is(await world.differences(), '');
});
