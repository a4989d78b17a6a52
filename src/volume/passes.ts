import type { LastPass } from './slaves.js';
import type { Database, Statement } from './sqlite.js';

/** Passes of each slave that are kept. */
const KEPT = 20;

/** What all passes of a slave have done since it was added. */
export interface Totals {
  readonly passes: number;
  /** Of these, those that failed as a whole. */
  readonly failedPasses: number;
  readonly shipped: number;
  readonly renamed: number;
  readonly deleted: number;
  readonly bytes: number;
}

const NOTHING: Totals = { passes: 0, failedPasses: 0, shipped: 0, renamed: 0, deleted: 0, bytes: 0 };

/** The passes of each slave, in state.db: what all of them did, and the last that had something to do or failed. */
export class Passes {
  readonly #of: Statement<[string], string>;
  readonly #insert: Statement<[string, number, string]>;
  readonly #forget: Statement<[string, string, number]>;
  readonly #totals: Statement<[string], Totals>;
  readonly #add: Statement<[string, ...number[]]>;

  constructor(db: Database) {
    this.#of = db.prepare<[string], string>('SELECT pass FROM passes WHERE slave = ? ORDER BY started_us DESC').pluck();
    this.#insert = db.prepare('INSERT OR IGNORE INTO passes VALUES (?, ?, ?)');
    this.#forget = db.prepare(`DELETE FROM passes WHERE slave = ? AND started_us NOT IN
      (SELECT started_us FROM passes WHERE slave = ? ORDER BY started_us DESC LIMIT ?)`);
    this.#totals = db.prepare(`SELECT passes, failed_passes AS failedPasses, shipped, renamed, deleted, bytes
      FROM totals WHERE slave = ?`);
    this.#add = db.prepare(`INSERT INTO totals VALUES (?, 1, ?, ?, ?, ?, ?) ON CONFLICT (slave) DO UPDATE SET
      passes = passes + 1, failed_passes = failed_passes + excluded.failed_passes, shipped = shipped + excluded.shipped,
      renamed = renamed + excluded.renamed, deleted = deleted + excluded.deleted, bytes = bytes + excluded.bytes`);
  }

  totals(slave: string): Totals {
    return this.#totals.get(slave) ?? NOTHING;
  }

  /** The latest first. */
  of(slave: string): LastPass[] {
    return this.#of.all(slave).map((pass) => JSON.parse(pass) as LastPass);
  }

  /**
   * Notes the end of a pass of a slave that exists. One that had nothing to do, or failed as the one before it did, is
   * counted only: a timer makes thousands of these.
   */
  note(slave: string, pass: LastPass): void {
    const { considered, shipped, renamed, deleted, failed, bytes, error, startedUs } = pass;
    this.#add.run(slave, error === undefined ? 0 : 1, shipped, renamed, deleted, bytes);
    if (error === undefined ? considered + failed === 0 : this.of(slave)[0]?.error === error) return;
    this.#insert.run(slave, startedUs, JSON.stringify(pass));
    this.#forget.run(slave, slave, KEPT);
  }
}
