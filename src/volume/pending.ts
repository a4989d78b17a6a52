import type { Database, Statement } from './sqlite.js';

/**
 * A path that one slave still needs. `failed`: it could not be shipped, and holds the sync point back. `moved`: it was
 * renamed while a pass ran; its mark is newer than the sync point, which it does not hold back. `look`: all that is at and
 * below it is to be looked at, what differs in size or time is shipped.
 */
export interface PendingPath {
  readonly path: Buffer;
  readonly kind: 'failed' | 'moved' | 'look';
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

function toPending({ next_try_us, whole, ...row }: Row): PendingPath {
  return { ...row, whole: whole !== 0, nextTryUs: next_try_us };
}

/** The pending paths of a volume's slaves, in state.db. */
export class PendingPaths {
  readonly #of: Statement<[string], Row>;
  readonly #count: Statement<[string], { kind: PendingPath['kind']; paths: number }>;
  readonly #failed: Statement<[string, number], Row>;
  readonly #retry: Statement<[string]>;
  readonly #clear: Statement<[string]>;
  readonly #insert: Statement<[string, Buffer, string, number, string, number, number]>;

  constructor(db: Database) {
    this.#of = db.prepare(
      'SELECT path, kind, whole, reason, attempts, next_try_us FROM pending WHERE slave = ? ORDER BY path',
    );
    this.#count = db.prepare('SELECT kind, count(*) AS paths FROM pending WHERE slave = ? GROUP BY kind');
    this.#failed = db.prepare(`SELECT path, kind, whole, reason, attempts, next_try_us FROM pending
      WHERE slave = ? AND kind = 'failed' ORDER BY path LIMIT ?`);
    this.#retry = db.prepare(`UPDATE pending SET next_try_us = 0 WHERE slave = ? AND kind = 'failed'`);
    this.#clear = db.prepare('DELETE FROM pending WHERE slave = ?');
    this.#insert = db.prepare('INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?)');
  }

  /** The slave's pending paths, by path. */
  of(slave: string): PendingPath[] {
    return this.#of.all(slave).map(toPending);
  }

  /** The first of the paths that failed, by path. */
  failed(slave: string, most: number): PendingPath[] {
    return this.#failed.all(slave, most).map(toPending);
  }

  /** The time of all that failed has come: the next pass tries it again. */
  retry(slave: string): void {
    this.#retry.run(slave);
  }

  /** How many paths of each kind. */
  count(slave: string): Record<PendingPath['kind'], number> {
    const counts = { failed: 0, moved: 0, look: 0 };
    for (const { kind, paths } of this.#count.all(slave)) counts[kind] = paths;
    return counts;
  }

  /** Replaces the slave's list. Call within a transaction. */
  replace(slave: string, paths: Iterable<PendingPath>): void {
    this.#clear.run(slave);
    this.add(slave, paths);
  }

  /** Adds paths to the slave's list. Call within a transaction. */
  add(slave: string, paths: Iterable<PendingPath>): void {
    for (const { path, kind, whole, reason, attempts, nextTryUs } of paths) {
      this.#insert.run(slave, path, kind, whole ? 1 : 0, reason, attempts, nextTryUs);
    }
  }
}
