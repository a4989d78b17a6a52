import { join } from 'node:path';
import test from 'ava';
import { STATE_SCHEMA } from '../../src/volume/schema.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { State } from '../../src/volume/state.js';
import { UserError } from '../../src/volume/volume.js';
import { makeVolume } from '../support/state.js';
import { commit } from './passes.js';

/** A state.db as schema 1 made it, with something in each table. */
const FIRST_SCHEMA = `
CREATE TABLE slaves (name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, target TEXT NOT NULL, added_us INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT, paused INTEGER NOT NULL DEFAULT 0, journal_id TEXT,
  position INTEGER NOT NULL DEFAULT 0, stime_us INTEGER NOT NULL DEFAULT 0, last_pass TEXT) STRICT;
CREATE TABLE pending (slave TEXT NOT NULL REFERENCES slaves(name) ON DELETE CASCADE, path BLOB NOT NULL,
  kind TEXT NOT NULL, whole INTEGER NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
  next_try_us INTEGER NOT NULL, PRIMARY KEY (slave, path)) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, mountpoint TEXT NOT NULL,
  engine TEXT NOT NULL, started_us INTEGER NOT NULL, ended_us INTEGER) STRICT;
CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), ceiling_us INTEGER NOT NULL) STRICT;
INSERT INTO clock VALUES (1, 9007199254740991);
INSERT INTO slaves VALUES ('copy', 'its-id', '/copy', 5, 'faulty', 'disk full', 1, 'a-journal', 7, 1000, NULL);
INSERT INTO slaves VALUES ('other', 'another', '/other', 6, 'initializing', NULL, 0, NULL, 0, 0, NULL);
INSERT INTO pending VALUES ('copy', x'ff0a', 'failed', 1, 'because', 3, 77);
INSERT INTO sessions (pid, mountpoint, engine, started_us) VALUES (42, '/m', 'markerfs', 10);
PRAGMA user_version = 1;
`;

test('a state of the first schema keeps all it holds', (t) => {
  const volume = makeVolume(t);
  const db = new Sqlite(join(volume.stateDir, 'state.db'));
  db.exec(FIRST_SCHEMA);
  db.close();
  for (const time of ['when it is migrated', 'from then on']) {
    const state = State.open(volume);
    t.like(state.slaves.need('copy'), {
      id: 'its-id',
      target: '/copy',
      addedUs: 5,
      state: 'paused',
      reason: 'disk full',
      journalId: 'a-journal',
      position: 7,
      stimeUs: 1000,
    });
    t.deepEqual(
      state.slaves.list().map(({ name, settings }) => [name, settings]),
      [
        ['copy', {}],
        ['other', {}],
      ],
      time,
    );
    const pending = {
      path: Buffer.from([0xff, 0x0a]),
      kind: 'failed',
      whole: true,
      reason: 'because',
      attempts: 3,
      nextTryUs: 77,
    } as const;
    t.deepEqual(state.pending.of('copy'), [pending]);
    t.like(state.sessions.lastSession(), { pid: 42, startedUs: 10, clean: false });
    t.is(state.clock.readCeiling(), 9007199254740991);
    t.deepEqual(state.barriers.list(), [{ timeUs: 9007199254740991, wallUs: 0 }], 'nothing is known of those so far');
    state.close();
  }
});

test('a process that has a state open goes on after another has migrated it', (t) => {
  const volume = makeVolume(t);
  const db = new Sqlite(join(volume.stateDir, 'state.db'));
  t.teardown(() => db.close());
  db.exec(FIRST_SCHEMA);
  const rows = db.prepare('SELECT * FROM slaves');
  t.is(rows.all().length, 2);
  const state = State.open(volume);
  t.teardown(() => state.close());
  t.is(rows.all().length, 2);
  db.prepare('UPDATE clock SET ceiling_us = max(ceiling_us, ?)').run(5);
  state.commitPass('copy', commit());
  t.is(state.slaves.need('copy').stimeUs, 1000);
});

test('a newer state is refused', (t) => {
  const volume = makeVolume(t);
  State.open(volume).close();
  const db = new Sqlite(join(volume.stateDir, 'state.db'));
  db.pragma(`user_version = ${STATE_SCHEMA + 1}`);
  db.close();
  const message = new RegExp(`: schema is ${STATE_SCHEMA + 1}, wanted ${STATE_SCHEMA}; use a newer markerfs$`);
  t.throws(() => State.open(volume), { instanceOf: UserError, message });
});
