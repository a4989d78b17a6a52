import type { Database, Statement } from './sqlite.js';

/** One life of the daemon. */
export interface Session {
  readonly pid: number;
  readonly mountpoint: string;
  readonly engine: string;
  readonly startedUs: number;
  /** Null while it runs, and for ever where it was killed. */
  readonly endedUs: number | null;
  /** Whether it ended in order, with every record committed. Not so: records may be missing, marks are not. */
  readonly clean: boolean;
}

interface Row {
  pid: number;
  mountpoint: string;
  engine: string;
  started_us: number;
  ended_us: number | null;
}

/** Sessions kept in state.db; older ones are forgotten. */
const KEPT = 100;

/** The daemon's lives, in state.db. */
export class Sessions {
  readonly #begin: Statement<[number, string, string, number]>;
  readonly #forget: Statement<[number]>;
  readonly #end: Statement<[number, number]>;
  readonly #last: Statement<[], Row>;

  constructor(db: Database) {
    this.#begin = db.prepare('INSERT INTO sessions (pid, mountpoint, engine, started_us) VALUES (?, ?, ?, ?)');
    this.#forget = db.prepare('DELETE FROM sessions WHERE id <= ?');
    this.#end = db.prepare('UPDATE sessions SET ended_us = ? WHERE id = ?');
    this.#last = db.prepare(
      'SELECT pid, mountpoint, engine, started_us, ended_us FROM sessions ORDER BY id DESC LIMIT 1',
    );
  }

  /** Notes that a session begins; answers its id. The daemon lock is held. */
  begin(session: Pick<Session, 'pid' | 'mountpoint' | 'engine' | 'startedUs'>): number {
    const { lastInsertRowid } = this.#begin.run(session.pid, session.mountpoint, session.engine, session.startedUs);
    const id = Number(lastInsertRowid);
    this.#forget.run(id - KEPT);
    return id;
  }

  /** Notes that a session ended in order, with every record committed. */
  endCleanly(id: number, timeUs: number): void {
    this.#end.run(timeUs, id);
  }

  /** The session that began last; undefined on a volume that was never mounted. */
  lastSession(): Session | undefined {
    const row = this.#last.get();
    if (!row) return undefined;
    const { started_us: startedUs, ended_us: endedUs, ...rest } = row;
    return { ...rest, startedUs, endedUs, clean: endedUs !== null };
  }
}
