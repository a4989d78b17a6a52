import test from 'ava';
import { History } from '../../src/dashboard/history.js';
import { Throughput } from '../../src/dashboard/throughput.js';
import type { Progress } from '../../src/volume/progress.js';
import type { LastPass } from '../../src/volume/slaves.js';

const PASS: LastPass = {
  ...{ slave: 'copy', crawl: 'journal', considered: 0, shipped: 0, renamed: 0, deleted: 0, failed: 0 },
  ...{ bytes: 0, seconds: 1, syncPoint: null, startedUs: 1000 },
};

function running(startedUs: number, bytes: number, sent: number): Progress {
  const list = { objects: 1, bytes: 1_000_000, sent, path: 'a' };
  const counts = { considered: 0, deleted: 0, objects: 0, bytes, content: 0 };
  return { slave: 'copy', pid: 1, startedUs, crawl: 'journal', sinceUs: 0, ...counts, list };
}

test('throughput follows a pass while it runs, and counts nothing twice when it ends', (t) => {
  const throughput = new Throughput();
  const rates = [
    throughput.measure(0, null, undefined),
    throughput.measure(1000, null, running(5000, 0, 300)),
    throughput.measure(2000, null, running(5000, 0, 700)),
    throughput.measure(3000, { ...PASS, startedUs: 5000, bytes: 1000 }, undefined),
    throughput.measure(4000, { ...PASS, startedUs: 5000, bytes: 1000 }, undefined),
  ];
  t.deepEqual(rates, [0, 300, 400, 300, 0]);
});

test('what was shipped before anybody looked is no throughput', (t) => {
  const throughput = new Throughput();
  t.is(throughput.measure(0, { ...PASS, bytes: 1e9 }, undefined), 0);
  t.is(throughput.measure(1000, { ...PASS, bytes: 1e9 }, undefined), 0);
});

test('a pass between two looks counts, and one that sent less than it said takes nothing back', (t) => {
  const throughput = new Throughput();
  throughput.measure(0, { ...PASS, startedUs: 1000, bytes: 5 }, undefined);
  t.is(throughput.measure(2000, { ...PASS, startedUs: 2000, bytes: 100 }, undefined), 50);
  t.is(throughput.measure(3000, { ...PASS, startedUs: 2000, bytes: 100 }, running(3000, 0, 80)), 80);
  t.is(throughput.measure(4000, { ...PASS, startedUs: 3000, bytes: 10 }, undefined), 0);
});

function at(seconds: number, operations: number, lag: number | null, rate = 0) {
  return { timeMs: seconds * 1000, operations, slaves: { copy: { lag, rate } } };
}

test('ten minutes are kept by the second', (t) => {
  const history = new History();
  for (let second = 0; second <= 1000; second++) history.add(at(second, second, 1));
  const { timesMs, operations, slaves } = history.columns('minutes');
  t.deepEqual([timesMs[0], timesMs.at(-1), timesMs.length], [400_000, 1_000_000, 601]);
  t.deepEqual([operations.length, slaves.copy?.lag.length, slaves.copy?.rate.length], [601, 601, 601]);
});

test('a day is kept by the minute: means of rates, the longest lag', (t) => {
  const history = new History();
  history.add(at(1, 10, 5, 100));
  history.add(at(2, 20, 50, 300));
  const added = history.add(at(61, 0, 0));
  t.deepEqual(added, [
    { range: 'minutes', ...at(61, 0, 0) },
    { range: 'day', ...at(2, 15, 50, 200) },
  ]);
  for (let minute = 2; minute < 3000; minute++) history.add(at(minute * 60, 1, 1));
  // A day of minutes with both its ends, and the minute that is under way.
  t.is(history.columns('day').timesMs.length, 1442);
});

test('a slave that came later has no points before, and one that went none after', (t) => {
  const history = new History();
  history.add({ timeMs: 1000, operations: 0, slaves: { old: { lag: 1, rate: 2 } } });
  history.add({ timeMs: 2000, operations: 0, slaves: { new: { lag: null, rate: 3 } } });
  t.deepEqual(history.columns('minutes').slaves, {
    old: { lag: [1, null], rate: [2, null] },
    new: { lag: [null, null], rate: [null, 3] },
  });
});
