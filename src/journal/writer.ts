import fs from 'node:fs';
import type { Database, Statement } from '../volume/sqlite.js';
import type { RecordBatch } from './batch.js';
import { LinkTable } from './links.js';
import { Operation } from './record.js';
import { isDamage, journalFile, type OpenOptions, openJournalDatabase, replaceJournalDatabase } from './schema.js';

type InsertRecord = [number, number, number, number, number, number | bigint, Buffer, Buffer | null];

/** Rows that one prune deletes at most, so that records never wait long. */
const PRUNE_ROWS = 10_000;

/** Steps of pruning after a commit: more than a full queue has records, so that the file stays within its limit. */
const SHRINK_STEPS = 16;

const NO_PATH = Buffer.alloc(0);

/** The inode as SQLite takes it: a Number where it is exact, which costs less. */
function inode(lo: number, hi: number): number | bigint {
  if (hi < 0x200000) return hi * 0x100000000 + lo;
  return BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo));
}

function identityOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : 'missing';
}

/** Writes journal.db. One in the world at a time: who holds the volume's daemon lock. */
export class JournalWriter {
  /** Uuid of the journal file. */
  readonly id: string;
  readonly #db: Database;
  readonly #links: LinkTable;
  readonly #insert: Statement<InsertRecord>;
  readonly #used: Statement<[], number>;
  readonly #identity: string;
  #head: number;

  private constructor(
    private readonly stateDir: string,
    db: Database,
    /** Whether the file was made just now: no slave knows its id. */
    readonly isNew: boolean,
  ) {
    this.#db = db;
    this.#identity = identityOf(journalFile(stateDir));
    this.#links = new LinkTable(db);
    this.#insert = db.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    const pages = '(SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)';
    this.#used = db.prepare<[], number>(`SELECT (${pages}) * page_size FROM pragma_page_size`).pluck();
    const head = db.prepare<[], { id: string; head: number }>(
      'SELECT id, max(pruned, coalesce((SELECT max(sequence) FROM records), 0)) AS head FROM meta',
    );
    ({ id: this.id, head: this.#head } = head.get()!);
  }

  /**
   * Opens the journal. Makes a new one where it is missing, or so damaged that it must be moved aside: it can always be
   * done without. UserError where a newer markerfs wrote it. Throws SQLite's error where the disk is full or failing.
   */
  static open(stateDir: string, options: OpenOptions = {}): JournalWriter {
    try {
      const { db, isNew } = openJournalDatabase(stateDir, options);
      return JournalWriter.#over(stateDir, db, isNew);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return JournalWriter.replace(stateDir, options);
    }
  }

  /** Moves a damaged journal aside and makes a new one. Any writer of the old one is closed. */
  static replace(stateDir: string, options: OpenOptions = {}): JournalWriter {
    return JournalWriter.#over(stateDir, replaceJournalDatabase(stateDir, options), true);
  }

  static #over(stateDir: string, db: Database, isNew: boolean): JournalWriter {
    try {
      return new JournalWriter(stateDir, db, isNew);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Sequence of the last committed record; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** Whether the file is still the one at its path: the user may delete it at any time. */
  isInPlace(): boolean {
    return identityOf(journalFile(this.stateDir)) === this.#identity;
  }

  /** Commits a batch, all of it or nothing. */
  append(batch: RecordBatch): void {
    let sequence = this.#head;
    this.#transaction(() => {
      let linked = !this.#links.isEmpty;
      while (batch.next()) {
        const { operation, path, path2 } = batch;
        const ino = inode(batch.inoLo, batch.inoHi);
        this.#insert.run(++sequence, batch.timeUs, batch.epoch, operation, batch.dev, ino, path, path2);
        linked ||= operation === Operation.link;
        if (linked) this.#keepLinks(operation, batch.dev, ino, path, path2);
      }
    });
    this.#head = sequence;
  }

  /**
   * The next record lies after this position. A power cut takes back commits that a slave was given already: what is
   * appended then must not be taken for them.
   */
  skipTo(position: number): void {
    this.#head = Math.max(this.#head, position);
  }

  /** Commits a gap: records were lost before it, none newer than this time. */
  appendGap(timeUs: number): void {
    this.#transaction(() => this.#insert.run(this.#head + 1, timeUs, 0, Operation.gap, 0, 0, NO_PATH, null));
    this.#head++;
  }

  #transaction(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  #keepLinks(operation: number, dev: number, ino: number | bigint, path: Buffer, path2: Buffer | null): void {
    const links = this.#links;
    if (operation === Operation.unlink) links.unlink(path, dev, ino);
    else if (path2 === null) return;
    else if (operation === Operation.rename) links.rename(path, path2);
    else if (operation === Operation.exchange) links.exchange(path, path2);
    else if (operation === Operation.link) {
      links.add(path, dev, ino);
      links.add(path2, dev, ino);
    }
  }

  /**
   * Deletes the oldest records: up to sequence `upTo`, older than `olderThanUs`, some thousands at most. Answers
   * whether there is more to delete.
   */
  prune(upTo: number, olderThanUs: number): boolean {
    let more = false;
    this.#transaction(() => {
      const pruned = this.#db.prepare<[], number>('SELECT pruned FROM meta').pluck().get()!;
      const keep = this.#db
        .prepare<[number, number, number], number>(
          'SELECT sequence FROM records WHERE sequence > ? AND sequence <= ? AND time_us >= ? ORDER BY sequence LIMIT 1',
        )
        .pluck();
      const until = Math.min(upTo, pruned + PRUNE_ROWS, this.#head);
      const last = (keep.get(pruned, until, olderThanUs) ?? until + 1) - 1;
      if (last <= pruned) return;
      this.#db.prepare('DELETE FROM records WHERE sequence <= ?').run(last);
      this.#db.prepare('UPDATE meta SET pruned = ?').run(last);
      more = last === pruned + PRUNE_ROWS;
    });
    return more;
  }

  /** What the records and names in the file take; it does not shrink, but what was deleted is used again. */
  get usedBytes(): number {
    return this.#used.get()!;
  }

  /**
   * Deletes the oldest records, whoever lacks them, where the file holds more than this, some thousands at most. Answers
   * whether there is more to delete.
   */
  shrink(limitBytes: number): boolean {
    for (let step = 0; step < SHRINK_STEPS; step++)
      if (this.usedBytes <= limitBytes || !this.prune(this.#head, Number.MAX_SAFE_INTEGER)) return false;
    return this.usedBytes > limitBytes;
  }

  /** Commits something that changes nothing. Throws what would keep records from being written. */
  tryWrite(): void {
    this.#db.exec('UPDATE meta SET pruned = pruned');
  }

  /**
   * Makes all commits survive a power cut. To be called before the session is noted to have ended in order: from then
   * on nobody suspects that records are missing.
   */
  makeDurable(): void {
    this.#db.pragma('synchronous = FULL');
    this.tryWrite();
  }

  close(): void {
    this.#db.close();
  }
}
