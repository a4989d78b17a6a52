import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Turn } from '../../../src/slave/agent/turn.js';
import { waitForEnd } from '../../support/processes.js';
import { makeWork } from '../../support/work.js';

function directory(t: ExecutionContext): string {
  const work = makeWork(t);
  fs.mkdirSync(path.join(work, '.markerfs-slave'));
  return work;
}

test('a session that another one has followed may do nothing more', async (t) => {
  const copy = directory(t);
  const first = await Turn.begin(copy);
  t.is(await first.run(async () => 'done'), 'done');
  const second = await Turn.begin(copy);
  await t.throwsAsync(
    first.run(async () => t.fail()),
    { message: /another session has begun/ },
  );
  t.is(await second.run(async () => 'done'), 'done');
  first.end();
  second.end();
});

test('a session begins when what the one before asked for has ended, and not before', async (t) => {
  const copy = directory(t);
  const first = await Turn.begin(copy);
  const shared = Turn.share(copy);
  // It holds the lock as a rsync does, whose agent was killed.
  const rsync = spawn('sleep', ['100'], { stdio: ['ignore', 'ignore', 'ignore', shared] });
  t.teardown(() => rsync.kill('SIGKILL'));
  fs.closeSync(shared);
  await t.throwsAsync(Turn.begin(copy, 100), { message: /still under way/ });
  t.is(await first.run(async () => 'done'), 'done', 'it did not lose its turn to one that did not begin');
  const next = Turn.begin(copy);
  rsync.kill('SIGKILL');
  await waitForEnd(rsync.pid!);
  (await next).end();
  first.end();
});

test('of sessions that begin at once the last one stays', async (t) => {
  const copy = directory(t);
  const turns = await Promise.all([Turn.begin(copy), Turn.begin(copy), Turn.begin(copy)]);
  const ran = await Promise.allSettled(turns.map((turn) => turn.run(async () => undefined)));
  t.is(ran.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const turn of turns) turn.end();
});

test('nothing takes part where no session has begun', (t) => {
  t.throws(() => Turn.share(directory(t)), { message: /no session has begun/ });
});
