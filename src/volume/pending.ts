import type { Database, Statement } from './sqlite.js';

/**
 * A path that one slave still needs. `failed`: it could not be shipped, and holds the sync point back. `moved`: it was
 * renamed while a pass ran; its mark is newer than the sync point, which it does not hold back.
 */
export interface PendingPath {
  readonly path: Buffer;
  readonly kind: 'failed' | 'moved';
  /** Everything below the path is meant too. */
  readonly whole: boolean;
  readonly reason: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Not before this time, in microseconds since 1970. */
  readonly nextTryUs: number;
}

interface Row {
  path: Buffer;
  kind: PendingPath['kind'];
  whole: number;
  reason: string;
  attempts: number;
  next_try_us: number;
}

/** The pending paths of a volume's slaves, in state.db. */
export class PendingPaths {
  readonly #of: Statement<[string], Row>;
  readonly #count: Statement<[string], { kind: PendingPath['kind']; paths: number }>;
  readonly #clear: Statement<[string]>;
  readonly #insert: Statement<[string, Buffer, string, number, string, number, number]>;

  constructor(db: Database) {
    this.#of = db.prepare(
      'SELECT path, kind, whole, reason, attempts, next_try_us FROM pending WHERE slave = ? ORDER BY path',
    );
    this.#count = db.prepare('SELECT kind, count(*) AS paths FROM pending WHERE slave = ? GROUP BY kind');
    this.#clear = db.prepare('DELETE FROM pending WHERE slave = ?');
    this.#insert = db.prepare('INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?)');
  }

  /** The slave's pending paths, by path. */
  of(slave: string): PendingPath[] {
    return this.#of
      .all(slave)
      .map(({ next_try_us, whole, ...row }) => ({ ...row, whole: whole !== 0, nextTryUs: next_try_us }));
  }

  /** How many paths of each kind. */
  count(slave: string): { failed: number; moved: number } {
    const counts = { failed: 0, moved: 0 };
    for (const { kind, paths } of this.#count.all(slave)) counts[kind] = paths;
    return counts;
  }

  /** Replaces the slave's list. Call within a transaction. */
  replace(slave: string, paths: Iterable<PendingPath>): void {
    this.#clear.run(slave);
    for (const { path, kind, whole, reason, attempts, nextTryUs } of paths) {
      this.#insert.run(slave, path, kind, whole ? 1 : 0, reason, attempts, nextTryUs);
    }
  }
}
