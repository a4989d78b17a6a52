import fs from 'node:fs';
import test from 'ava';
import type { PassResult } from '../../src/ship/commit.js';
import { ship } from '../../src/ship/ship.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { REACHES } from './reaches.js';
import { World } from './world.js';

useFakeSsh();

const HOUR_MS = 3_600_000;
/** A time of files that nobody writes to any more. */
const LONG_AGO = '1000000000.5';

for (const [kind, reach] of Object.entries(REACHES)) {
  test(`${kind}: a file that is being written waits until it has settled, and all else is shipped`, async (t) => {
    const world = await World.create(t, { reach: (slave) => reach(t, slave) });
    const { slaves, pending } = world.state;
    const read = (name: string): string => fs.readFileSync(world.inSlave(name), 'utf8');
    slaves.setSettings('copy', { settleMs: HOUR_MS, maxDelayMs: 24 * HOUR_MS });
    world.mkdir('d');
    world.write('d/log', 'first');
    world.link('d/log', 'linked');
    t.is((await world.pass()).waiting, 0, 'a first copy waits for nothing');
    t.is(read('d/log'), 'first');
    const { stimeUs } = slaves.need('copy');

    world.write('d/log', 'other');
    world.write('new', 'being written');
    world.write('settled', 'settled', LONG_AGO);
    t.like(await world.pass(), { waiting: world.state.pending.count('copy').busy, failed: 0 });
    t.deepEqual([read('d/log'), read('settled')], ['first', 'settled']);
    t.false(fs.existsSync(world.inSlave('new')));
    const waiting = pending.waiting('copy', 9);
    const reached = slaves.need('copy').stimeUs;
    t.true(reached >= stimeUs && waiting.every(({ sinceUs = 0 }) => sinceUs > reached));
    t.deepEqual(
      world.state.slaves.behind(world.barrier()).map(({ name }) => name),
      ['copy'],
    );

    world.write('d/log', 'third');
    t.is((await world.pass()).shipped, 0);
    t.deepEqual(
      pending.waiting('copy', 9).map(({ path, sinceUs }) => [path.toString(), sinceUs]),
      waiting.map(({ path, sinceUs }) => [path.toString(), sinceUs]),
      'the first change counts, not the last',
    );

    world.write('d/log', 'final', LONG_AGO);
    const since = pending.waiting('copy', 9).find(({ path }) => path.toString() === 'new')!;
    world.state.notePending('copy', [{ ...since, sinceUs: since.sinceUs! - 24 * HOUR_MS * 1000 }]);
    t.is((await world.pass()).waiting, 0);
    t.deepEqual([read('linked'), read('new')], ['final', 'being written'], 'settled, and waited for long enough');
    t.is(await world.differences(), '');
    t.true(slaves.need('copy').stimeUs > reached);
  });
}

test('a walk counts from the sync point, and leaves what is being written too', async (t) => {
  const world = await World.create(t);
  world.write('file', 'first');
  await world.pass();
  world.state.slaves.setSettings('copy', { settleMs: HOUR_MS });
  world.write('file', 'other');
  world.loseJournal();
  t.like(await world.pass(), { crawl: 'walk', waiting: 1 });
  t.is(fs.readFileSync(world.inSlave('file'), 'utf8'), 'first');
  world.state.slaves.setSettings('copy', { settleMs: undefined });
  await world.pass();
  t.is(await world.differences(), '');
});

test('a loop comes back when a file has settled, long before its interval is over', async (t) => {
  const world = await World.create(t);
  await world.pass();
  world.state.slaves.setSettings('copy', { settleMs: 1000, maxDelayMs: 24 * HOUR_MS });
  world.write('file', 'content');
  const controller = new AbortController();
  const passes: PassResult[] = [];
  const onPass = (result: PassResult): void => {
    passes.push(result);
    if (result.waiting === 0) controller.abort();
  };
  await ship(world.volume, { intervalMs: HOUR_MS, signal: controller.signal, onPass });
  t.is(passes.at(-1)?.shipped, 1);
  t.is(await world.differences(), '');
});
