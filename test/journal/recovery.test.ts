import test from 'ava';
import { recoveryOf } from '../../src/journal/recovery.js';
import type { SlaveRecord } from '../../src/volume/slaves.js';
import { State } from '../../src/volume/state.js';
import { makeVolume } from '../support/state.js';

const END = { pid: 1, startedUs: 1000, seenUs: 1500, noticedUs: 2000 };

function slave(name: string, stimeUs: number): SlaveRecord {
  const nothing = { reason: null, paused: false, journalId: null, lastPass: null, settings: {} };
  const own = { excluded: [], keptDeletes: false, listed: null };
  return { ...nothing, ...own, name, id: name, target: '/', addedUs: 1, state: 'active', position: 0, stimeUs };
}

test('a slave has made up for an unclean end with a sync point of the next session, or a position behind the gap', (t) => {
  const slaves = [slave('before', 1999), slave('after', 2000), slave('new', 0), slave('held back', 1999)];
  const isCovered = ({ name }: SlaveRecord): boolean => name === 'held back';
  t.deepEqual(recoveryOf(END, slaves, isCovered)?.waiting, ['before']);
  t.is(recoveryOf(END, slaves.slice(1), isCovered), null);
  t.is(recoveryOf(undefined, slaves, isCovered), null);
  const unnoticed = { ...END, noticedUs: null };
  t.deepEqual(recoveryOf(unnoticed, slaves, isCovered)?.waiting, ['before', 'after', 'held back']);
  t.deepEqual(recoveryOf(unnoticed, [], isCovered)?.waiting, [], 'until it is mounted again');
});

test('the last unclean end is told, with when it was last seen and noticed', (t) => {
  const state = State.open(makeVolume(t));
  t.teardown(() => state.close());
  const { sessions } = state;
  const begin = (pid: number, startedUs: number) =>
    sessions.begin({ pid, mountpoint: '/m', engine: 'markerfs', startedUs });
  t.is(sessions.lastUncleanEnd(false), undefined);
  sessions.see(begin(1, 100), 150);
  t.is(sessions.lastUncleanEnd(true), undefined, 'it runs');
  t.deepEqual(sessions.lastUncleanEnd(false), { pid: 1, startedUs: 100, seenUs: 150, noticedUs: null });
  sessions.endCleanly(begin(2, 200), 250);
  t.deepEqual(sessions.lastUncleanEnd(false), { pid: 1, startedUs: 100, seenUs: 150, noticedUs: 200 });
  begin(3, 300);
  t.like(sessions.lastUncleanEnd(true), { pid: 1 });
  t.deepEqual(sessions.lastUncleanEnd(false), { pid: 3, startedUs: 300, seenUs: 300, noticedUs: null });
});
