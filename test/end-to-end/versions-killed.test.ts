import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { Versions } from '../../src/slave/local/versions/find.js';
import { Tree } from '../../src/slave/tree.js';
import { Random } from '../support/random.js';
import { differences } from '../support/trees.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

const FILES = 300;

test('whenever a pass is killed, every old version is kept', async (t) => {
  const volume = await TestVolume.mounted(t);
  const seed = Number(process.env.MARKERFS_SEED ?? Date.now() % 2 ** 31);
  t.log(`seed ${seed}`);
  const random = new Random(seed);
  const { source, mountpoint, slave } = volume;
  await volume.markerfs('slave', 'set', source, 'copy', 'keep-versions=4w');
  const names = Array.from({ length: FILES }, (_, n) => `${n % 7}/${n}`);
  for (let n = 0; n < 7; n++) mkdirSync(join(mountpoint, String(n)));
  for (const name of names) writeFileSync(join(mountpoint, name), `one ${name}`);
  await volume.ship();
  const firstUs = Date.now() * 1000;
  for (const [n, name] of names.entries()) {
    if (n % 3 === 0) writeFileSync(join(mountpoint, name), `two ${name}`);
    else if (n % 3 === 1) rmSync(join(mountpoint, name));
    else {
      writeFileSync(join(mountpoint, `${name}.new`), `three ${name}`);
      renameSync(join(mountpoint, `${name}.new`), join(mountpoint, name));
    }
  }
  rmSync(join(mountpoint, '6'), { recursive: true });
  for (let kills = 0; kills < 6; kills++) {
    const child = spawn(process.execPath, [MARKERFS, 'ship', source], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await Promise.race([ended, delay(200 + random.below(700))]);
    child.kill('SIGKILL');
    await ended;
  }
  await volume.ship();
  t.is(await differences(source, slave), '');
  const tree = Tree.open(slave);
  t.teardown(() => tree.close());
  const versions = new Versions(tree);
  for (const name of names) {
    const version = versions.at(name, firstUs);
    t.is(version && readFileSync(join(slave, version.folder, name), 'utf8'), `one ${name}`);
  }
});
