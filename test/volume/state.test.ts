import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { State } from '../../src/volume/state.js';
import { UserError, type Volume } from '../../src/volume/volume.js';
import { Talker } from '../support/lines.js';
import { makeVolume } from '../support/state.js';
import { commit, pendingPath } from './passes.js';

function openState(t: ExecutionContext, volume = makeVolume(t)): State {
  const state = State.open(volume);
  t.teardown(() => state.close());
  return state;
}

/** A state with the slave "copy". */
function withSlave(t: ExecutionContext, volume?: Volume): State {
  const state = openState(t, volume);
  state.slaves.add({ name: 'copy', id: 'id-of-copy', target: '/copy', addedUs: 500 });
  return state;
}

test('a new slave has nothing', (t) => {
  t.deepEqual(withSlave(t).slaves.list(), [
    {
      name: 'copy',
      id: 'id-of-copy',
      target: '/copy',
      addedUs: 500,
      state: 'initializing',
      reason: null,
      paused: false,
      journalId: null,
      position: 0,
      stimeUs: 0,
      lastPass: null,
      settings: {},
      excluded: [],
      keptDeletes: false,
      listed: null,
    },
  ]);
});

test('a name is taken once, and what is not there is named', (t) => {
  const state = openState(t);
  t.throws(() => state.slaves.need('copy'), {
    instanceOf: UserError,
    message: /^Cannot find slave "copy": the volume has no/,
  });
  state.slaves.add({ name: 'copy', id: '1', target: '/copy', addedUs: 1 });
  t.throws(() => state.slaves.add({ name: 'copy', id: '2', target: '/other', addedUs: 1 }), {
    instanceOf: UserError,
    message:
      'Cannot add slave "copy": the volume has a slave of that name; choose another, or forget that one (markerfs slave remove)',
  });
  const message = 'Cannot find slave "none": there is no such slave; there are "copy"';
  t.is(state.slaves.get('none'), undefined);
  t.throws(() => state.slaves.remove('none'), { instanceOf: UserError, message });
  t.throws(() => state.slaves.setPaused('none', true), { instanceOf: UserError, message });
  t.throws(() => state.slaves.setState('none', 'faulty', 'x'), { instanceOf: UserError, message });
  t.throws(() => state.commitPass('none', commit()), { instanceOf: UserError, message });
});

test('a pass leaves sync point, position, pending paths and what it did', (t) => {
  const volume = makeVolume(t);
  const state = withSlave(t, volume);
  const pending = [
    pendingPath(Buffer.from([0xff, 0x0a]), { kind: 'moved', whole: true, attempts: 0, nextTryUs: 0 }),
    pendingPath('a/b'),
  ];
  state.commitPass('copy', commit({ pending, state: 'faulty', reason: 'disk full', journalId: null }));
  const again = openState(t, volume);
  const { lastPass } = commit();
  t.like(again.slaves.need('copy'), {
    position: 10,
    stimeUs: 1000,
    state: 'faulty',
    reason: 'disk full',
    journalId: null,
  });
  t.deepEqual(again.slaves.need('copy').lastPass, lastPass);
  t.deepEqual(again.pending.of('copy'), [pending[1]!, pending[0]!], 'in byte order');
  t.deepEqual(again.pending.count('copy'), { failed: 1, moved: 1, look: 0, busy: 0 });
  state.commitPass('copy', commit({ pending: [pending[1]!] }));
  t.deepEqual(again.pending.of('copy'), [pending[1]!]);
});

test('a sync point does not go back, and the pass that tries leaves nothing', (t) => {
  const state = withSlave(t);
  state.commitPass('copy', commit({ stimeUs: 1000 }));
  t.throws(() => state.commitPass('copy', commit({ stimeUs: 999, position: 99, pending: [pendingPath('a')] })), {
    message: /would go back from 1000 to 999/,
  });
  t.is(state.slaves.need('copy').position, 10);
  t.deepEqual(state.pending.of('copy'), []);
});

test('a paused slave shows it, and goes on as it was', (t) => {
  const state = withSlave(t);
  state.commitPass('copy', commit());
  state.slaves.setPaused('copy', true);
  t.like(state.slaves.need('copy'), { state: 'paused', paused: true });
  state.slaves.setPaused('copy', false);
  t.like(state.slaves.need('copy'), { state: 'active', paused: false });
  state.slaves.setState('copy', 'faulty', 'gone');
  t.like(state.slaves.need('copy'), { state: 'faulty', reason: 'gone', stimeUs: 1000 });
});

test('a removed slave leaves no pending paths to the next of its name', (t) => {
  const state = withSlave(t);
  state.commitPass('copy', commit({ pending: [pendingPath('a')] }));
  state.slaves.remove('copy');
  state.slaves.add({ name: 'copy', id: 'other', target: '/copy', addedUs: 1 });
  t.deepEqual(state.pending.of('copy'), []);
});

test('the last passes of a slave are kept: those that had work or failed, and a failure once', (t) => {
  const state = withSlave(t);
  const { lastPass } = commit();
  const pass = (startedUs: number, fields: object = {}) => ({ ...lastPass, startedUs, ...fields });
  state.commitPass('copy', commit({ lastPass: pass(1) }));
  state.commitPass('copy', commit({ lastPass: pass(2, { considered: 0 }) }));
  state.passes.note('copy', pass(3, { considered: 0, error: 'gone' }));
  state.passes.note('copy', pass(4, { considered: 0, error: 'gone' }));
  state.passes.note('copy', pass(5, { considered: 0, error: 'full' }));
  t.deepEqual(
    state.passes.of('copy').map(({ startedUs }) => startedUs),
    [5, 3, 1],
  );
  t.deepEqual(state.passes.of('copy')[2], pass(1));
  for (let startedUs = 10; startedUs < 40; startedUs++) state.passes.note('copy', pass(startedUs));
  t.is(state.passes.of('copy').length, 20);
  t.is(state.passes.of('copy')[0]!.startedUs, 39);
  state.slaves.remove('copy');
  t.deepEqual(state.passes.of('copy'), []);
});

test('a session is clean only when it ended so', (t) => {
  const { sessions } = openState(t);
  t.is(sessions.lastSession(), undefined);
  const first = sessions.begin({ pid: 1, mountpoint: '/m', engine: 'markerfs', startedUs: 10 });
  t.like(sessions.lastSession(), {
    pid: 1,
    mountpoint: '/m',
    engine: 'markerfs',
    startedUs: 10,
    endedUs: null,
    clean: false,
  });
  sessions.endCleanly(first, 20);
  t.like(sessions.lastSession(), { endedUs: 20, clean: true });
  sessions.begin({ pid: 2, mountpoint: '/m', engine: 'markerfs', startedUs: 30 });
  t.like(sessions.lastSession(), { pid: 2, clean: false });
  for (let pid = 3; pid < 300; pid++) sessions.begin({ pid, mountpoint: '/m', engine: 'markerfs', startedUs: pid });
  t.like(sessions.lastSession(), { pid: 299 });
});

test('the ceiling only rises', (t) => {
  const { clock } = openState(t);
  t.is(clock.readCeiling(), 0);
  clock.writeCeiling(2 ** 53 - 1);
  clock.writeCeiling(5);
  t.is(clock.readCeiling(), 2 ** 53 - 1);
});

test('two processes see one state', (t) => {
  const volume = makeVolume(t);
  const [one, other] = [withSlave(t, volume), openState(t, volume)];
  one.clock.writeCeiling(77);
  other.commitPass('copy', commit());
  t.is(other.clock.readCeiling(), 77);
  t.is(one.slaves.need('copy').stimeUs, 1000);
});

test('a missing state is made, for its owner only', (t) => {
  const volume = makeVolume(t);
  const file = join(volume.stateDir, 'state.db');
  State.open(volume).close();
  t.is(statSync(file).mode & 0o777, 0o600);
  rmSync(file);
  const state = openState(t, volume);
  t.deepEqual(state.slaves.list(), []);
  t.is(statSync(`${file}-wal`).mode & 0o777, 0o600);
});

test('an empty file, as a kill leaves it, is filled', (t) => {
  const volume = makeVolume(t);
  writeFileSync(join(volume.stateDir, 'state.db'), '');
  t.deepEqual(openState(t, volume).slaves.list(), []);
});

test('a damaged state is refused with what to do, and not replaced', (t) => {
  const volume = makeVolume(t);
  const file = join(volume.stateDir, 'state.db');
  writeFileSync(file, 'no database at all '.repeat(500));
  const message =
    /^Cannot open state ".*state\.db": file is not a database; restore it from a backup, or move it away and/;
  t.throws(() => State.open(volume), { instanceOf: UserError, message });
  t.is(readFileSync(file, 'utf8').length, 9500);
});

test('a process killed while it commits leaves a whole pass', async (t) => {
  const volume = makeVolume(t);
  const state = withSlave(t, volume);
  for (let round = 0; round < 5; round++) {
    const program = new Talker(t, new URL('./commits-for-ever.js', import.meta.url), volume.source);
    let stimeUs = 0;
    for (let passes = 0; passes <= round * 3; passes++) stimeUs = Number(await program.line());
    await program.kill();
    const slave = state.slaves.need('copy');
    t.true(slave.stimeUs >= stimeUs, `${slave.stimeUs}, it had said ${stimeUs}`);
    t.is(slave.position, slave.stimeUs);
    t.deepEqual(new Set(state.pending.of('copy').map(({ nextTryUs }) => nextTryUs)), new Set([slave.stimeUs]));
  }
});
