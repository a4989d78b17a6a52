import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { HybridClock, wallClock } from '../../src/marker/clock.js';
import { waitUntil } from '../support/wait.js';
import type { TickerData } from './ticker.js';

const HOUR = 3_600_000_000;

function clock(startUs: number, ceilingUs: number): HybridClock {
  const made = new HybridClock(new SharedArrayBuffer(HybridClock.bytes));
  made.start(startUs, ceilingUs);
  return made;
}

test('the wall clock is in microseconds', (t) => {
  const before = Date.now() * 1000;
  const us = wallClock();
  const after = (Date.now() + 1) * 1000;
  t.true(before <= us && us <= after, `${before} ${us} ${after}`);
  t.true(Number.isSafeInteger(us));
});

test('the clock follows the wall clock', (t) => {
  const wall = wallClock();
  const one = clock(wall - HOUR, wall + HOUR);
  const now = one.now();
  t.true(wall <= now && now <= wallClock());
});

test('the clock never goes back behind its start, though the wall clock is there', (t) => {
  const start = wallClock() + HOUR;
  const one = clock(start, start + HOUR);
  t.deepEqual([one.now(), one.now()], [start, start]);
});

test('the clock stands still at its ceiling, and goes on when that is raised', (t) => {
  const one = clock(1000, 2000);
  t.is(one.ceiling, 2000);
  t.deepEqual([one.now(), one.now()], [2000, 2000]);
  one.raiseCeiling(3000);
  t.is(one.ceiling, 3000);
  t.is(one.now(), 3000);
});

test('a lower ceiling does not turn the clock back', (t) => {
  const one = clock(1000, 2000);
  t.is(one.now(), 2000);
  one.raiseCeiling(1500);
  t.is(one.now(), 2000);
});

test('a barrier lies at or after every earlier mark and before every later one', (t) => {
  const wall = wallClock();
  const clocks: Record<string, HybridClock> = {
    'with the wall clock': clock(wall - HOUR, wall + HOUR),
    'ahead of the wall clock': clock(wall + HOUR, wall + 2 * HOUR),
    'at its ceiling': clock(1000, 2000),
  };
  for (const [title, one] of Object.entries(clocks)) {
    for (let round = 0; round < 100; round++) {
      const before = one.now();
      const barrier = one.barrier();
      const after = one.now();
      t.true(before <= barrier && barrier < after, `${title}: ${before} ${barrier} ${after}`);
      t.true(one.barrier() > barrier, title);
    }
  }
});

test('one clock serves several threads: none sees it go back, and none marks before a barrier that it knows of', async (t) => {
  const memory = new SharedArrayBuffer(HybridClock.bytes);
  const barriers = new BigInt64Array(new SharedArrayBuffer(8));
  const one = new HybridClock(memory);
  one.start(wallClock() + HOUR, wallClock() + 2 * HOUR);
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TickerData = { memory, barriers, progress, ticks: 20_000 };
  const workers = Array.from({ length: 3 }, () => new Worker(new URL('./ticker.js', import.meta.url), { workerData }));
  const reports = workers.map((worker) => once(worker, 'message'));
  await waitUntil('a thread marks', () => (Atomics.load(progress, 0) > 0 ? undefined : 'none has begun'));
  let raised = 0;
  while (Atomics.load(progress, 0) < 30_000) {
    Atomics.store(barriers, 0, BigInt(one.barrier()));
    raised++;
  }
  for (const [fault] of await Promise.all(reports)) t.is(fault, 'none');
  t.true(raised > 100, `${raised} barriers`);
});
