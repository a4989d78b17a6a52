import fs from 'node:fs';
import { type Database, Sqlite, type Statement } from '../volume/sqlite.js';
import { checkSchema, journalFile } from './schema.js';

const SLASH = Buffer.from('/');
const AFTER_SLASH = Buffer.from('0');
/** Names hold no NUL: no path of the volume lies below this one. */
const ASIDE = Buffer.from([0]);

function join(path: Buffer, end: Buffer): Buffer {
  return Buffer.concat([path, end]);
}

/**
 * The table of the names of objects with several links, as the writer keeps it. An index, not the truth: it knows the
 * links that were made since the journal began. Who reads it verifies each name on the source, and counts.
 */
export class LinkTable {
  readonly #any: Statement<[], number>;
  readonly #add: Statement<[Buffer, number, number | bigint]>;
  readonly #remove: Statement<[Buffer]>;
  readonly #removeLast: Statement<[number, number | bigint]>;
  readonly #removeBelow: Statement<[Buffer, Buffer]>;
  readonly #move: Statement<[Buffer, Buffer]>;
  readonly #moveBelow: Statement<[Buffer, number, Buffer, Buffer]>;

  constructor(db: Database) {
    this.#any = db.prepare<[], number>('SELECT 1 FROM links LIMIT 1').pluck();
    this.#add = db.prepare('INSERT OR REPLACE INTO links VALUES (?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM links WHERE path = ?');
    this.#removeLast = db.prepare(`DELETE FROM links WHERE dev = ? AND ino = ? AND NOT EXISTS
      (SELECT 1 FROM links AS other WHERE other.dev = links.dev AND other.ino = links.ino AND other.path <> links.path)`);
    // '/' and '0' are neighbours: what lies between them is what lies below.
    this.#removeBelow = db.prepare('DELETE FROM links WHERE path >= ? AND path < ?');
    this.#move = db.prepare('UPDATE links SET path = ? WHERE path = ?');
    this.#moveBelow = db.prepare(
      'UPDATE links SET path = CAST(? || substr(path, ?) AS BLOB) WHERE path >= ? AND path < ?',
    );
  }

  /** Whether there are any: without them most records need no look. */
  get isEmpty(): boolean {
    return this.#any.get() === undefined;
  }

  add(path: Buffer, dev: number, ino: number | bigint): void {
    this.#add.run(path, dev, ino);
  }

  /** The name is gone. A single name that is left needs no list. */
  unlink(path: Buffer, dev: number, ino: number | bigint): void {
    if (this.#remove.run(path).changes > 0) this.#removeLast.run(dev, ino);
  }

  /** The object at `from`, and what lies below it, is at `to` now; what stood there is gone. */
  rename(from: Buffer, to: Buffer): void {
    this.#remove.run(to);
    this.#removeBelow.run(join(to, SLASH), join(to, AFTER_SLASH));
    this.#move.run(to, from);
    this.#moveBelow.run(to, from.length + 1, join(from, SLASH), join(from, AFTER_SLASH));
  }

  exchange(one: Buffer, other: Buffer): void {
    this.rename(one, ASIDE);
    this.rename(other, one);
    this.rename(ASIDE, other);
  }
}

/** The names of objects with several links, for the shipper; see LinkTable. Used while the daemon writes. */
export class JournalLinks {
  readonly #namesOf: Statement<[number, bigint], Buffer>;
  readonly #add: Statement<[Buffer, number, bigint]>;

  private constructor(private readonly db: Database) {
    this.#namesOf = db
      .prepare<[number, bigint], Buffer>('SELECT path FROM links WHERE dev = ? AND ino = ? ORDER BY path')
      .pluck();
    this.#add = db.prepare('INSERT OR REPLACE INTO links VALUES (?, ?, ?)');
  }

  /** Opens the index; undefined where there is no journal that can be read. */
  static open(stateDir: string): JournalLinks | undefined {
    const file = journalFile(stateDir);
    if (!fs.existsSync(file)) return undefined;
    let db: Database | undefined;
    try {
      db = new Sqlite(file, { fileMustExist: true });
      if (!checkSchema(db, file).empty) return new JournalLinks(db);
    } catch {
      // An index: who has none looks at the source.
    }
    db?.close();
    return undefined;
  }

  /** The names that the index has for an object, in byte order. */
  namesOf(dev: number, ino: bigint): Buffer[] {
    return this.#namesOf.all(dev, BigInt.asIntN(64, ino));
  }

  /** Adds a name found on the source. */
  add(path: Buffer, dev: number, ino: bigint): void {
    this.#add.run(path, dev, BigInt.asIntN(64, ino));
  }

  close(): void {
    this.db.close();
  }
}
