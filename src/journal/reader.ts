import fs from 'node:fs';
import { causeAndCure, errorCode, UserError } from '../volume/errors.js';
import { type Database, Sqlite, type Statement } from '../volume/sqlite.js';
import { type JournalRecord, Operation } from './record.js';
import { checkSchema, journalFile } from './schema.js';

/** Records read at once. Between two reads nothing is held, so that the writer can empty SQLite's log. */
const PAGE = 2048;

/** The journal is missing, damaged or of a newer schema: walk the marks instead. */
export class JournalUnreadable extends UserError {
  override name = 'JournalUnreadable';
}

interface Row {
  sequence: bigint;
  time_us: bigint;
  epoch: bigint;
  operation: bigint;
  dev: bigint;
  ino: bigint;
  path: Buffer;
  path2: Buffer | null;
}

function toRecord(row: Row): JournalRecord {
  return {
    sequence: Number(row.sequence),
    timeUs: Number(row.time_us),
    epoch: Number(row.epoch),
    operation: Number(row.operation) as Operation,
    dev: Number(row.dev),
    ino: BigInt.asUintN(64, row.ino),
    path: row.path,
    path2: row.path2,
  };
}

function unreadable(file: string, error: unknown): JournalUnreadable {
  const isDamaged = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(errorCode(error));
  const cure = isDamaged ? '; the next mount makes a new one, and passes walk the marks until then' : '';
  return new JournalUnreadable(`Cannot read journal "${file}": ${causeAndCure(error)}${cure}`, 1, { cause: error });
}

function connect(file: string): Database {
  // Asked first, because SQLite does not tell missing from unreadable.
  if (!fs.existsSync(file))
    throw new JournalUnreadable(`Cannot read journal "${file}": it does not exist; the next mount makes it`);
  let db: Database | undefined;
  try {
    db = new Sqlite(file, { readonly: true, fileMustExist: true });
    if (checkSchema(db, file).empty)
      throw new JournalUnreadable(`Cannot read journal "${file}": it is not complete; mount the volume`);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof UserError ? new JournalUnreadable(error.message) : unreadable(file, error);
  }
}

function bytesOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Reads journal.db, also while the daemon writes it. Every method throws JournalUnreadable where the file turns out to
 * be damaged.
 */
export class JournalReader {
  /** Uuid of the journal file: positions count in this file only. */
  readonly id: string;
  readonly #db: Database;
  readonly #file: string;
  readonly #page: Statement<[number, number, number], Row>;
  readonly #renames: Statement<[number, number, number], Row>;
  readonly #back: Statement<[number, number], Row>;

  private constructor(db: Database, file: string) {
    this.#db = db;
    this.#file = file;
    const range = 'SELECT * FROM records WHERE sequence > ? AND sequence <= ?';
    const moves = `operation IN (${Operation.rename}, ${Operation.exchange})`;
    this.#page = db.prepare<[number, number, number], Row>(`${range} ORDER BY sequence LIMIT ?`).safeIntegers();
    this.#renames = db
      .prepare<[number, number, number], Row>(`${range} AND ${moves} ORDER BY sequence LIMIT ?`)
      .safeIntegers();
    const back = 'SELECT * FROM records WHERE sequence <= ? ORDER BY sequence DESC LIMIT ?';
    this.#back = db.prepare<[number, number], Row>(back).safeIntegers();
    this.id = db.prepare<[], string>('SELECT id FROM meta').pluck().get() ?? '';
  }

  /** Opens the journal of a state folder; undefined where it cannot be read. */
  static open(stateDir: string): JournalReader | undefined {
    try {
      return JournalReader.need(stateDir);
    } catch (error) {
      if (error instanceof JournalUnreadable) return undefined;
      throw error;
    }
  }

  /** Opens the journal of a state folder; JournalUnreadable says why it cannot be read. */
  static need(stateDir: string): JournalReader {
    const file = journalFile(stateDir);
    const db = connect(file);
    try {
      return new JournalReader(db, file);
    } catch (error) {
      db.close();
      throw unreadable(file, error);
    }
  }

  /** Sequence of the last record; 0 before the first. */
  get head(): number {
    return this.#number('SELECT max(pruned, coalesce((SELECT max(sequence) FROM records), 0)) FROM meta');
  }

  /** Records in the file. Nothing is counted: sequences have holes only where an unclean end came. */
  get count(): number {
    return this.#number('SELECT coalesce((SELECT max(sequence) FROM records) - pruned, 0) FROM meta');
  }

  /** Bytes on the disk, SQLite's log included. */
  get bytes(): number {
    return bytesOf(this.#file) + bytesOf(`${this.#file}-wal`);
  }

  /**
   * Whether the records after `position` are all that happened since a sync point at that position and time: no gap
   * came after either, none of them was pruned, and the position is not beyond the head (a power cut can cost the last
   * commits).
   */
  wholeSince(position: number, timeUs: number): boolean {
    return this.#guard(() => {
      const pruned = this.#number('SELECT pruned FROM meta');
      if (position < pruned || position > this.head) return false;
      const gap = `SELECT 1 FROM records WHERE operation = ${Operation.gap} AND (sequence > ? OR time_us > ?) LIMIT 1`;
      return this.#db.prepare(gap).get(position, timeUs) === undefined;
    });
  }

  /** The time of the first record after a position, microseconds since 1970; undefined where there is none. */
  firstTimeAfter(position: number): number | undefined {
    const first = 'SELECT time_us FROM records WHERE sequence > ? ORDER BY sequence LIMIT 1';
    return this.#guard(() => this.#db.prepare<[number], number>(first).pluck().get(position));
  }

  /** The records after one sequence up to another, in order. JournalUnreadable where some of them were pruned. */
  read(after: number, upTo: number): IterableIterator<JournalRecord> {
    return this.#pages(this.#page, after, upTo, true);
  }

  /** Like `read`: those that are left. */
  readLeft(after: number, upTo: number): IterableIterator<JournalRecord> {
    return this.#pages(this.#page, after, upTo, false);
  }

  /** Like `read`, renames and exchanges only. */
  renames(after: number, upTo: number): IterableIterator<JournalRecord> {
    return this.#pages(this.#renames, after, upTo, true);
  }

  /** The last records up to a sequence, the latest first. */
  readBack(upTo: number, most: number): JournalRecord[] {
    return this.#guard(() => this.#back.all(upTo, most).map(toRecord));
  }

  /**
   * The last records that name a path, or are of an object, the latest first. Goes through the whole journal where there
   * are few.
   */
  lastOf(
    path: Buffer,
    object: { readonly dev: number; readonly ino: bigint } | undefined,
    most: number,
  ): JournalRecord[] {
    const { dev, ino } = object ?? { dev: -1, ino: 0n };
    const named = this.#db
      .prepare<[Buffer, Buffer, number, bigint, number], Row>(
        'SELECT * FROM records WHERE path = ? OR path2 = ? OR (dev = ? AND ino = ?) ORDER BY sequence DESC LIMIT ?',
      )
      .safeIntegers();
    return this.#guard(() => named.all(path, path, dev, BigInt.asIntN(64, ino), most).map(toRecord));
  }

  *#pages(
    statement: Statement<[number, number, number], Row>,
    after: number,
    upTo: number,
    all: boolean,
  ): IterableIterator<JournalRecord> {
    let last = after;
    for (;;) {
      const rows = this.#guard(() => statement.all(last, upTo, PAGE));
      // Asked afterwards: the writer goes on meanwhile, and a journal that has grown too large loses its oldest records.
      if (all && this.#number('SELECT pruned FROM meta') > last)
        throw new JournalUnreadable(`Cannot read journal "${this.#file}": records were deleted while it was read`);
      for (const row of rows) yield toRecord(row);
      if (rows.length < PAGE) return;
      last = Number(rows.at(-1)!.sequence);
    }
  }

  close(): void {
    this.#db.close();
  }

  #number(sql: string): number {
    return this.#guard(() => this.#db.prepare<[], number>(sql).pluck().get() ?? 0);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof JournalUnreadable ? error : unreadable(this.#file, error);
    }
  }
}
