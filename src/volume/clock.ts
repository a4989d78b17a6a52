import type { Database, Statement } from './sqlite.js';

/**
 * The time below which all marks of the volume lie, in state.db. The daemon writes it ahead of its clock, so that after
 * a crash no mark and no sync point is newer than what is read here.
 */
export class ClockCeiling {
  readonly #read: Statement<[], number>;
  readonly #write: Statement<[number]>;

  constructor(db: Database) {
    this.#read = db.prepare<[], number>('SELECT ceiling_us FROM clock').pluck();
    this.#write = db.prepare('UPDATE clock SET ceiling_us = max(ceiling_us, ?)');
  }

  /** Microseconds since 1970; 0 where none was written. */
  readCeiling(): number {
    return this.#read.get() ?? 0;
  }

  /** Raises the ceiling, durably; a lower time changes nothing. */
  writeCeiling(timeUs: number): void {
    this.#write.run(timeUs);
  }
}
