import type { Database, Statement } from './sqlite.js';

/** The last checkpoint that somebody asked for, in state.db. */
export class LastCheckpoint {
  readonly #read: Statement<[], number>;
  readonly #write: Statement<[number]>;

  constructor(db: Database) {
    this.#read = db.prepare<[], number>('SELECT time_us FROM checkpoint').pluck();
    this.#write = db.prepare(`INSERT INTO checkpoint VALUES (1, ?)
      ON CONFLICT (id) DO UPDATE SET time_us = max(time_us, excluded.time_us)`);
  }

  /** Microseconds since 1970, by the volume's clock; undefined where nobody has asked for one. */
  read(): number | undefined {
    return this.#read.get();
  }

  /** Notes one; an earlier one than the last changes nothing. */
  write(timeUs: number): void {
    this.#write.run(timeUs);
  }
}
