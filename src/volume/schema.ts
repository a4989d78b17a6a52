import fs from 'node:fs';
import { errorCause, errorCode, UserError } from './errors.js';
import { type Database, Sqlite } from './sqlite.js';

/** Version of state.db's schema, kept in SQLite's user_version. */
export const STATE_SCHEMA = 1;

const TABLES = `
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
`;

function schemaOf(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Makes the tables where the file is new. Several processes may come here at once: one makes them, the others find
 * them.
 */
function prepare(db: Database): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  if (schemaOf(db) !== 0) return;
  db.transaction(() => {
    if (schemaOf(db) !== 0) return;
    db.exec(TABLES);
    db.pragma(`user_version = ${STATE_SCHEMA}`);
  }).immediate();
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
  return new UserError(`Cannot open state "${file}": ${errorCause(error)}${hint(error)}`, 1, { cause: error });
}

/**
 * Opens state.db, and makes it where it is missing. It holds what cannot be found out again (which slaves there are,
 * and what they were promised), so a damaged or newer one is refused and never replaced.
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
