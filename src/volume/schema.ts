import fs from 'node:fs';
import { causeAndCure, errorCode, UserError } from './errors.js';
import { type Database, Sqlite } from './sqlite.js';

/**
 * What brings a database from each schema to the next: the first makes it from an empty file. What has been released is
 * never changed, only followed by another.
 */
const STEPS: readonly string[] = [
  `
CREATE TABLE slaves (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,
  added_us INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  paused INTEGER NOT NULL DEFAULT 0,
  journal_id TEXT,
  position INTEGER NOT NULL DEFAULT 0,
  stime_us INTEGER NOT NULL DEFAULT 0,
  last_pass TEXT
) STRICT;
CREATE TABLE pending (
  slave TEXT NOT NULL REFERENCES slaves(name) ON DELETE CASCADE,
  path BLOB NOT NULL,
  kind TEXT NOT NULL,
  whole INTEGER NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_us INTEGER NOT NULL,
  PRIMARY KEY (slave, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pid INTEGER NOT NULL,
  mountpoint TEXT NOT NULL,
  engine TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us INTEGER
) STRICT;
CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), ceiling_us INTEGER NOT NULL) STRICT;
INSERT INTO clock VALUES (1, 0);
`,
  `ALTER TABLE slaves ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'`,
  `
CREATE TABLE passes (
  slave TEXT NOT NULL REFERENCES slaves(name) ON DELETE CASCADE,
  started_us INTEGER NOT NULL,
  pass TEXT NOT NULL,
  PRIMARY KEY (slave, started_us)
) STRICT, WITHOUT ROWID;
`,
  'ALTER TABLE sessions ADD COLUMN seen_us INTEGER NOT NULL DEFAULT 0',
  `
CREATE TABLE totals (
  slave TEXT PRIMARY KEY REFERENCES slaves(name) ON DELETE CASCADE,
  passes INTEGER NOT NULL,
  failed_passes INTEGER NOT NULL,
  shipped INTEGER NOT NULL,
  renamed INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  // Of a volume that was in use, the barriers so far are not known: see BarrierTime.
  `
CREATE TABLE barriers (time_us INTEGER PRIMARY KEY, wall_us INTEGER NOT NULL) STRICT;
INSERT INTO barriers SELECT ceiling_us, 0 FROM clock WHERE ceiling_us > 0;
`,
  'ALTER TABLE slaves ADD COLUMN listed TEXT',
  `
CREATE TABLE first_copies (
  slave TEXT PRIMARY KEY REFERENCES slaves(name) ON DELETE CASCADE,
  since_us INTEGER NOT NULL,
  directory BLOB NOT NULL,
  name BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`,
  `ALTER TABLE slaves ADD COLUMN excluded TEXT NOT NULL DEFAULT '[]'`,
  'ALTER TABLE slaves ADD COLUMN kept_deletes INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE pending ADD COLUMN since_us INTEGER NOT NULL DEFAULT 0',
  'CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), time_us INTEGER NOT NULL) STRICT',
];

/** Version of state.db's schema, kept in SQLite's user_version. */
export const STATE_SCHEMA = STEPS.length;

function schemaOf(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Takes one step, or none where another process took it meanwhile; or leaves the database as it was. */
function takeStep(db: Database, schema: number): void {
  db.transaction(() => {
    if (schemaOf(db) !== schema) return;
    db.exec(STEPS[schema]!);
    db.pragma(`user_version = ${schema + 1}`);
  }).immediate();
}

function prepare(db: Database): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  for (let schema = schemaOf(db); schema < STATE_SCHEMA; schema++) takeStep(db, schema);
}

/**
 * Makes the empty file for its mode, which SQLite gives to the files beside it too. Never opens one that exists:
 * closing it would drop the locks that SQLite holds on it in this process.
 */
function makeFile(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'wx', 0o600));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function hint(error: unknown): string {
  const damaged = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(errorCode(error));
  return damaged ? '; restore it from a backup, or move it away and add the slaves again with --adopt' : '';
}

function openError(file: string, error: unknown): UserError {
  return new UserError(`Cannot open state "${file}": ${causeAndCure(error)}${hint(error)}`, 1, { cause: error });
}

/**
 * Opens state.db, makes it where it is missing, and brings an older one up to date. It holds what cannot be found out
 * again (which slaves there are, and what they were promised), so a damaged or newer one is refused and never replaced.
 */
export function openStateDatabase(file: string): Database {
  let db: Database | undefined;
  try {
    makeFile(file);
    db = new Sqlite(file);
    const schema = schemaOf(db);
    if (schema > STATE_SCHEMA) {
      throw new UserError(
        `Cannot open state "${file}": schema is ${schema}, wanted ${STATE_SCHEMA}; use a newer markerfs`,
      );
    }
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof UserError ? error : openError(file, error);
  }
}
