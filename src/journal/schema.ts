import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errorCode, UserError } from '../volume/errors.js';
import { type Database, Sqlite } from '../volume/sqlite.js';

/** Version of journal.db's schema, kept in SQLite's user_version. */
export const JOURNAL_SCHEMA = 1;

/** Tells a journal from any other SQLite file: `mkfj`. */
const APPLICATION_ID = 0x6d6b666a;

const TABLES = `
CREATE TABLE records (
  sequence INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  operation INTEGER NOT NULL,
  dev INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  path BLOB NOT NULL,
  path2 BLOB
) STRICT;
CREATE INDEX gaps ON records (sequence) WHERE operation = 12;
CREATE TABLE links (path BLOB PRIMARY KEY, dev INTEGER NOT NULL, ino INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX names ON links (dev, ino);
CREATE TABLE meta (
  id TEXT NOT NULL,
  pruned INTEGER NOT NULL
) STRICT;
`;

export function journalFile(stateDir: string): string {
  return path.join(stateDir, 'journal.db');
}

/** Whether an error says that the file is no sound database. The disk being full or failing is not that. */
export function isDamage(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code.startsWith('SQLITE_CORRUPT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_CANTOPEN' ||
    error instanceof DamagedFile
  );
}

/** A file that is no sound journal, though SQLite reads it. */
class DamagedFile extends Error {}

/**
 * Throws where the file is not a journal that this version can use. Answers whether it is empty, so that tables are to
 * be made.
 */
export function checkSchema(db: Database, file: string): { empty: boolean } {
  const schema = db.pragma('user_version', { simple: true }) as number;
  const application = db.pragma('application_id', { simple: true }) as number;
  if (application === 0 && schema === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined)
    return { empty: true };
  if (application !== APPLICATION_ID) throw new DamagedFile(`"${file}" is not a journal`);
  // Nothing is carried over: the journal can be done without, and a pass that walks costs less than what could go wrong.
  if (schema < JOURNAL_SCHEMA) throw new DamagedFile(`"${file}" is of an older schema, ${schema}`);
  if (schema > JOURNAL_SCHEMA) {
    throw new UserError(
      `Cannot open journal "${file}": schema is ${schema}, wanted ${JOURNAL_SCHEMA}; use a newer markerfs, or delete the file: the next pass walks the marks`,
    );
  }
  return { empty: false };
}

function makeTables(db: Database): void {
  db.transaction(() => {
    db.exec(TABLES);
    db.prepare('INSERT INTO meta VALUES (?, 0)').run(randomUUID());
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${JOURNAL_SCHEMA}`);
  }).immediate();
}

/** Opens a file that exists or not, for writing. Throws what is wrong with it. */
function openFile(file: string, options: OpenOptions): { db: Database; isNew: boolean } {
  const db = new Sqlite(file, { timeout: options.busyMs ?? BUSY_MS });
  try {
    const { empty } = checkSchema(db, file);
    if (options.check && !empty && db.pragma('quick_check(1)', { simple: true }) !== 'ok') {
      throw new DamagedFile(`"${file}" is damaged`);
    }
    db.pragma('journal_mode = WAL');
    // A power cut may cost the last commits, which the marks make up for; a killed process costs none.
    db.pragma('synchronous = NORMAL');
    // Fewer, larger checkpoints: each one makes the disk flush, which the users of the volume feel.
    db.pragma('wal_autocheckpoint = 8192');
    db.pragma('journal_size_limit = 67108864');
    if (empty) makeTables(db);
    return { db, isNew: empty };
  } catch (error) {
    db.close();
    throw error;
  }
}

export interface OpenOptions {
  /** Read the whole file for damage first; for after a crash. */
  readonly check?: boolean;
  /** How long to wait for a lock that another process holds, milliseconds; 5000 where it is not given. */
  readonly busyMs?: number;
}

const SIDE_FILES = ['-wal', '-shm'];
const BUSY_MS = 5000;

/** Removes what a deleted journal left: SQLite would play an old log into the new file. */
function createFresh(file: string, options: OpenOptions): Database {
  for (const suffix of SIDE_FILES) fs.rmSync(file + suffix, { force: true });
  // Made here for its mode, which SQLite gives to the side files too. Never open a database file otherwise: closing it
  // would drop the locks that SQLite holds in this process.
  fs.closeSync(fs.openSync(file, 'wx', 0o600));
  return openFile(file, options).db;
}

/** Moves a damaged journal out of the way, for whoever wants to look into it. */
function moveAside(file: string): void {
  const aside = `${file}.bad-${new Date().toISOString().replaceAll(':', '')}`;
  for (const suffix of ['', ...SIDE_FILES]) {
    if (fs.existsSync(file + suffix)) fs.renameSync(file + suffix, aside + suffix);
  }
}

/**
 * Opens the journal of a state folder for writing, and makes it where it is missing. UserError where a newer markerfs
 * wrote it. Throws SQLite's error, or one for which `isDamage` holds, otherwise.
 */
export function openJournalDatabase(stateDir: string, options: OpenOptions): { db: Database; isNew: boolean } {
  const file = journalFile(stateDir);
  if (!fs.existsSync(file)) return { db: createFresh(file, options), isNew: true };
  return openFile(file, options);
}

/** Moves the journal of a state folder aside and makes a new one. No connection to it is open in this process. */
export function replaceJournalDatabase(stateDir: string, options: OpenOptions): Database {
  const file = journalFile(stateDir);
  moveAside(file);
  return createFresh(file, options);
}
