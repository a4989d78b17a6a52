import type { Database, Statement } from './sqlite.js';

/**
 * How far a first copy came before it was cut. What it had come to, up to a place in its order, is on the slave as of
 * some time after `sinceUs`, but for the slave's pending paths.
 */
export interface FirstCopyNote {
  /** What is marked later may have changed since it was copied; microseconds since 1970. */
  readonly sinceUs: number;
  readonly directory: Buffer;
  /** The last one of the directory's names that it came to; empty where there is none. */
  readonly name: Buffer;
}

/** First copies under way, in state.db. */
export class FirstCopies {
  readonly #of: Statement<[string], FirstCopyNote>;
  readonly #note: Statement<[string, number, Buffer, Buffer]>;
  readonly #forget: Statement<[string]>;

  constructor(db: Database) {
    this.#of = db.prepare('SELECT since_us AS sinceUs, directory, name FROM first_copies WHERE slave = ?');
    this.#note = db.prepare('INSERT OR REPLACE INTO first_copies VALUES (?, ?, ?, ?)');
    this.#forget = db.prepare('DELETE FROM first_copies WHERE slave = ?');
  }

  /** Undefined where none was begun, or none came so far that it was noted. */
  of(slave: string): FirstCopyNote | undefined {
    return this.#of.get(slave);
  }

  /** Call within the transaction that replaces the pending paths. */
  note(slave: string, { sinceUs, directory, name }: FirstCopyNote): void {
    this.#note.run(slave, sinceUs, directory, name);
  }

  /** It is complete. Call within the transaction that commits the pass. */
  forget(slave: string): void {
    this.#forget.run(slave);
  }
}
