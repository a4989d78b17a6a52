import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { LockedError, lock } from '../../src/volume/lock.js';
import { Talker } from '../support/lines.js';
import { makeVolume } from '../support/state.js';

const takesLock = new URL('./takes-lock.js', import.meta.url);

test('a lock is held once, and its file names the holder', (t) => {
  const volume = makeVolume(t);
  const held = lock(volume, 'daemon');
  t.is(readFileSync(join(volume.stateDir, 'daemon.lock'), 'utf8'), `${process.pid}\n`);
  const error = t.throws(() => lock(volume, 'daemon'), { instanceOf: LockedError });
  t.is(error?.pid, process.pid);
  held.release();
  lock(volume, 'daemon').release();
});

test('locks of different names do not meet', (t) => {
  const volume = makeVolume(t);
  const locks = [lock(volume, 'daemon'), lock(volume, 'ship-a'), lock(volume, 'ship-b')];
  const message = `Cannot lock volume "${volume.source}": slave "a" is being shipped, by pid ${process.pid}; wait for its end`;
  t.throws(() => lock(volume, 'ship-a'), { message });
  for (const held of locks) held.release();
});

test('a second release does not close what is not its own', (t) => {
  const volume = makeVolume(t);
  const held = lock(volume, 'daemon');
  held.release();
  const next = lock(volume, 'daemon');
  held.release();
  t.throws(() => lock(volume, 'daemon'), { instanceOf: LockedError });
  next.release();
});

test('another process holds the lock until it is killed', async (t) => {
  const volume = makeVolume(t);
  const program = new Talker(t, takesLock, volume.source, 'daemon');
  await program.line();
  const error = t.throws(() => lock(volume, 'daemon'), { instanceOf: LockedError });
  t.is(error?.pid, program.pid);
  const holding = 'it is being shipped, or mounted or unmounted just now';
  t.is(error?.message, `Cannot lock volume "${volume.source}": ${holding}, by pid ${program.pid}; wait for its end`);
  await program.kill();
  lock(volume, 'daemon').release();
  t.is(readFileSync(join(volume.stateDir, 'daemon.lock'), 'utf8'), `${process.pid}\n`, 'no rest of a longer pid');
});

test('a child of the holder does not keep the lock', async (t) => {
  const volume = makeVolume(t);
  const program = new Talker(t, takesLock, volume.source, 'ship-a', '60');
  const child = Number((await program.line()).split(' ')[1]);
  t.teardown(() => process.kill(child, 'SIGKILL'));
  await program.kill();
  t.notThrows(() => process.kill(child, 0), 'the child lives');
  lock(volume, 'ship-a').release();
});
