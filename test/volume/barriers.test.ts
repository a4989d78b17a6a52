import { join } from 'node:path';
import test from 'ava';
import { Barriers } from '../../src/volume/barriers.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { State } from '../../src/volume/state.js';
import { makeVolume } from '../support/state.js';

test('of the barriers that are not kept the last one says that nothing is known up to it', (t) => {
  const volume = makeVolume(t);
  State.open(volume).close();
  const db = new Sqlite(join(volume.stateDir, 'state.db'));
  t.teardown(() => db.close());
  const barriers = new Barriers(db, 2);
  barriers.note({ timeUs: 1, wallUs: 11 });
  barriers.note({ timeUs: 2, wallUs: 12 });
  barriers.note({ timeUs: 2, wallUs: 13 });
  t.deepEqual(barriers.list(), [
    { timeUs: 1, wallUs: 11 },
    { timeUs: 2, wallUs: 12 },
  ]);
  for (const at of [3, 4]) barriers.note({ timeUs: at, wallUs: 10 + at });
  t.deepEqual(barriers.list(), [
    { timeUs: 2, wallUs: 0 },
    { timeUs: 3, wallUs: 13 },
    { timeUs: 4, wallUs: 14 },
  ]);
});
