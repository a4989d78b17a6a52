import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ProgressNote, readProgress } from '../../src/volume/progress.js';
import { makeVolume } from '../support/state.js';

test('a pass tells of itself while it runs, and leaves nothing behind', (t) => {
  const volume = makeVolume(t);
  t.is(readProgress(volume, 'copy'), undefined);
  const note = new ProgressNote(volume, { slave: 'copy', startedUs: 5, crawl: 'walk', sinceUs: 3 });
  const nothing = { considered: 0, deleted: 0, objects: 0, bytes: 0, content: 0, list: null };
  const began = { slave: 'copy', startedUs: 5, crawl: 'walk', sinceUs: 3, pid: process.pid, ...nothing };
  t.deepEqual(readProgress(volume, 'copy'), began as ReturnType<typeof readProgress>);
  t.is(readProgress(volume, 'other'), undefined);
  note.end();
  t.is(readProgress(volume, 'copy'), undefined);
  t.deepEqual(readdirSync(volume.stateDir), ['volume.json']);
});

test('what a process left that is gone is not believed', (t) => {
  const volume = makeVolume(t);
  const note = new ProgressNote(volume, { slave: 'copy', startedUs: 5, crawl: 'walk', sinceUs: 3 });
  const file = join(volume.stateDir, 'ship-copy.progress');
  const noted = JSON.parse(readFileSync(file, 'utf8'));
  // The number was given to another process since.
  writeFileSync(file, JSON.stringify({ ...noted, began: '1' }));
  t.is(readProgress(volume, 'copy'), undefined);
  writeFileSync(file, JSON.stringify({ ...noted, pid: 2 ** 22 + 1 }));
  t.is(readProgress(volume, 'copy'), undefined);
  writeFileSync(file, 'no json');
  t.is(readProgress(volume, 'copy'), undefined);
  note.end();
  t.false(existsSync(file));
});
