import type { Database, Statement } from './sqlite.js';

/**
 * A path that one slave still needs. `failed`: it could not be shipped, and holds the sync point back. `moved`: it was
 * renamed while a pass ran; its mark is newer than the sync point, which it does not hold back. `look`: all that is at and
 * below it is to be looked at, what differs in size or time is shipped. `busy`: it is still being written; the sync point
 * stays before its first change.
 */
export interface PendingPath {
  readonly path: Buffer;
  readonly kind: 'failed' | 'moved' | 'look' | 'busy';
  /** Everything below the path is meant too. */
  readonly whole: boolean;
  readonly reason: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Not before this time, in microseconds since 1970. */
  readonly nextTryUs: number;
  /** Of what is busy: the first change that the slave lacks is not before this. */
  readonly sinceUs?: number;
}

/** The paths of one slave that are busy. */
export interface BusyPaths {
  readonly paths: number;
  /** The earliest of each. */
  readonly sinceUs: number;
  readonly nextTryUs: number;
}

interface Row {
  path: Buffer;
  kind: PendingPath['kind'];
  whole: number;
  reason: string;
  attempts: number;
  next_try_us: number;
  since_us: number;
}

function toPending({ next_try_us, since_us, whole, ...row }: Row): PendingPath {
  const since = row.kind === 'busy' ? { sinceUs: since_us } : {};
  return { ...row, whole: whole !== 0, nextTryUs: next_try_us, ...since };
}

const COLUMNS = 'path, kind, whole, reason, attempts, next_try_us, since_us';

/** The pending paths of a volume's slaves, in state.db. */
export class PendingPaths {
  readonly #of: Statement<[string], Row>;
  readonly #count: Statement<[string], { kind: PendingPath['kind']; paths: number }>;
  readonly #first: Statement<[string, string, number], Row>;
  readonly #busy: Statement<[string], BusyPaths>;
  readonly #retry: Statement<[string]>;
  readonly #clear: Statement<[string]>;
  readonly #insert: Statement<[string, Buffer, string, number, string, number, number, number]>;

  constructor(db: Database) {
    this.#of = db.prepare(`SELECT ${COLUMNS} FROM pending WHERE slave = ? ORDER BY path`);
    this.#count = db.prepare('SELECT kind, count(*) AS paths FROM pending WHERE slave = ? GROUP BY kind');
    this.#first = db.prepare(`SELECT ${COLUMNS} FROM pending WHERE slave = ? AND kind = ? ORDER BY path LIMIT ?`);
    this.#busy = db.prepare(`SELECT count(*) AS paths, min(since_us) AS sinceUs, min(next_try_us) AS nextTryUs
      FROM pending WHERE slave = ? AND kind = 'busy'`);
    this.#retry = db.prepare(`UPDATE pending SET next_try_us = 0 WHERE slave = ? AND kind = 'failed'`);
    this.#clear = db.prepare('DELETE FROM pending WHERE slave = ?');
    this.#insert = db.prepare('INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** The slave's pending paths, by path. */
  of(slave: string): PendingPath[] {
    return this.#of.all(slave).map(toPending);
  }

  /** The first of the paths that failed, by path. */
  failed(slave: string, most: number): PendingPath[] {
    return this.#first.all(slave, 'failed', most).map(toPending);
  }

  /** The first of the paths that wait because they are still being written, by path. */
  waiting(slave: string, most: number): PendingPath[] {
    return this.#first.all(slave, 'busy', most).map(toPending);
  }

  /** All of these together; undefined where there are none. */
  busy(slave: string): BusyPaths | undefined {
    const found = this.#busy.get(slave);
    return found && found.paths > 0 ? found : undefined;
  }

  /** The time of all that failed has come: the next pass tries it again. */
  retry(slave: string): void {
    this.#retry.run(slave);
  }

  /** How many paths of each kind. */
  count(slave: string): Record<PendingPath['kind'], number> {
    const counts = { failed: 0, moved: 0, look: 0, busy: 0 };
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
    for (const { path, kind, whole, reason, attempts, nextTryUs, sinceUs = 0 } of paths) {
      this.#insert.run(slave, path, kind, whole ? 1 : 0, reason, attempts, nextTryUs, sinceUs);
    }
  }
}
