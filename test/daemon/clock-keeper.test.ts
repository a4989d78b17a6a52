import test, { type ExecutionContext } from 'ava';
import { ClockKeeper } from '../../src/daemon/clock-keeper.js';
import { HybridClock } from '../../src/marker/clock.js';
import { State } from '../../src/volume/state.js';
import type { Volume } from '../../src/volume/volume.js';
import { makeVolume } from '../support/state.js';

const DAY = 86_400e6;
const TODAY = 20_000 * DAY;

/** A daemon's clock, and the wall clock that it sees. */
class Daemon {
  readonly state: State;
  readonly keeper: ClockKeeper;
  readonly #session: number;

  constructor(
    t: ExecutionContext,
    volume: Volume,
    public wallUs: number,
    newestMark = 0,
  ) {
    this.state = State.open(volume);
    const memory = new SharedArrayBuffer(HybridClock.bytes);
    this.keeper = new ClockKeeper(memory, this.state, newestMark, () => this.wallUs);
    const { startedUs } = this.keeper;
    this.#session = this.state.sessions.begin({ pid: 1, mountpoint: '/m', engine: 'markerfs', startedUs });
    this.keeper.watch(this.#session);
    t.teardown(() => this.die());
  }

  now(): number {
    return this.keeper.clock.now();
  }

  /** Ends as a killed process does. */
  die(): void {
    this.keeper.stop();
    this.state.close();
  }

  end(): void {
    this.state.sessions.endCleanly(this.#session, this.now());
    this.die();
  }
}

test('the wall clock steps back and forward by days: marks and barriers stay in order', (t) => {
  const daemon = new Daemon(t, makeVolume(t), TODAY);
  let last = daemon.now();
  for (const step of [-3, 5, -30, 0, 400, -399.99, 1]) {
    daemon.wallUs += step * DAY;
    for (const kept of [false, true]) {
      const mark = daemon.now();
      t.true(mark >= last, `${step}: ${mark} after ${last}`);
      const barrier = daemon.keeper.clock.barrier();
      last = daemon.now();
      t.true(mark <= barrier && barrier < last, `${step}: ${mark} ${barrier} ${last}`);
      const ceiling = daemon.state.clock.readCeiling();
      t.true(last <= ceiling + 1e6, `${step}: ${last} is not below the ceiling of the disk, ${ceiling}`);
      if (!kept) daemon.keeper.keepAhead();
    }
  }
  const farthest = TODAY + 372 * DAY;
  t.true(last >= farthest && last < farthest + 1e6, 'it went with the wall clock, and stands while that is behind');
});

test('a daemon that was killed: the next one begins after all its marks, wherever the wall clock is', (t) => {
  const volume = makeVolume(t);
  let newest = 0;
  for (const days of [0, -10, 3, -300]) {
    const daemon = new Daemon(t, volume, TODAY + days * DAY);
    t.true(daemon.now() > newest, `${days}`);
    // The wall clock jumps ahead, and the daemon dies before the next ceiling is written, or after.
    daemon.wallUs += 30 * DAY;
    newest = Math.max(daemon.now(), daemon.keeper.clock.barrier());
    if (days > 0) {
      daemon.keeper.keepAhead();
      newest = daemon.now();
      t.true(newest >= TODAY + 33 * DAY);
    }
    daemon.die();
  }
});

test('a daemon that ended in order: the next one begins right after it, not at its ceiling', (t) => {
  const volume = makeVolume(t);
  const daemon = new Daemon(t, volume, TODAY);
  const last = daemon.now();
  daemon.end();
  const next = new Daemon(t, volume, TODAY - 5 * DAY);
  t.is(next.keeper.startedUs, last + 1);
});

test('a volume whose state was lost: the clock begins after the newest mark', (t) => {
  const daemon = new Daemon(t, makeVolume(t), TODAY, TODAY + DAY);
  t.is(daemon.now(), TODAY + DAY + 1);
});

test('a sync point of a pass with nothing mounted is behind the next daemon', (t) => {
  const volume = makeVolume(t);
  const first = new Daemon(t, volume, TODAY);
  first.state.slaves.add({ name: 'copy', id: '1', target: '/copy', addedUs: 1 });
  first.end();
  const state = State.open(volume);
  const counts = { considered: 0, shipped: 0, renamed: 0, deleted: 0, failed: 0, bytes: 0, seconds: 0 };
  const lastPass = { ...counts, slave: 'copy', crawl: 'walk', syncPoint: 1, startedUs: 1 } as const;
  const stimeUs = TODAY + 2 * DAY;
  state.commitPass('copy', {
    journalId: null,
    position: 0,
    stimeUs,
    pending: [],
    lastPass,
    state: 'active',
    reason: null,
  });
  state.close();
  t.is(new Daemon(t, volume, TODAY).now(), stimeUs + 1);
});
