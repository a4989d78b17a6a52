import fs from 'node:fs';
import test from 'ava';
import { Operation } from '../../src/journal/record.js';
import { World } from './world.js';

test('a pass counts what was sent, what went over the wire for it, and what was right already', async (t) => {
  const world = await World.create(t);
  // Such as rsync sends.
  const content = 'x'.repeat(1_500_000);
  for (const name of ['sent', 'other']) world.write(name, content);
  const first = await world.pass();
  t.like(first, { unchanged: 0, bytes: 2 * content.length });
  t.true(first.wireBytes > first.bytes && first.wireBytes < first.bytes + 10_000, `${first.wireBytes}`);

  world.change('sent', Operation.meta, (full) => fs.chmodSync(full, 0o600));
  const second = await world.pass();
  t.like(second, { shipped: 1, unchanged: 1, bytes: 0 });
  t.true(second.wireBytes > 0 && second.wireBytes < 10_000, `${second.wireBytes}`);

  t.deepEqual(Object.keys(second.phases), ['begin', 'moves', 'transfer', 'deletes', 'flush']);
  const spent = Object.values(second.phases).reduce((sum, seconds) => sum + seconds, 0);
  t.true(spent > 0 && spent <= second.seconds + 0.01, `${spent} of ${second.seconds}`);
  const [kept] = world.state.passes.of('copy');
  t.like(kept, { unchanged: 1, wireBytes: second.wireBytes, bytes: 0 });
});

test('a pass that fails says how long it was at what', async (t) => {
  const world = await World.create(t);
  world.write('file', 'content');
  const { error, phases } = await world.tryPass({ rsync: '/bin/false' });
  t.truthy(error);
  t.deepEqual(Object.keys(phases), ['begin', 'moves', 'transfer']);
});
