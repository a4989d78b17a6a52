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

/** The end of a session that was killed, or could not commit every record. */
export interface UncleanEnd {
  readonly pid: number;
  readonly startedUs: number;
  /** When it last was known to run: the end came later, by some minutes at most. */
  readonly seenUs: number;
  /** When the next session began, which noted the gap; null where none has. */
  readonly noticedUs: number | null;
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
  readonly #see: Statement<[number, number]>;
  readonly #last: Statement<[], Row>;
  readonly #unclean: Statement<[number], UncleanEnd>;

  constructor(db: Database) {
    this.#begin = db.prepare('INSERT INTO sessions (pid, mountpoint, engine, started_us) VALUES (?, ?, ?, ?)');
    this.#forget = db.prepare('DELETE FROM sessions WHERE id <= ?');
    this.#end = db.prepare('UPDATE sessions SET ended_us = ? WHERE id = ?');
    this.#see = db.prepare('UPDATE sessions SET seen_us = ? WHERE id = ?');
    this.#last = db.prepare(
      'SELECT pid, mountpoint, engine, started_us, ended_us FROM sessions ORDER BY id DESC LIMIT 1',
    );
    this.#unclean = db.prepare(`SELECT pid, started_us AS startedUs, max(started_us, seen_us) AS seenUs,
        (SELECT min(started_us) FROM sessions AS next WHERE next.id > ended.id) AS noticedUs
      FROM sessions AS ended
      WHERE ended_us IS NULL AND id <= (SELECT max(id) FROM sessions) - ? ORDER BY id DESC LIMIT 1`);
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

  /** Notes that a session still runs. */
  see(id: number, timeUs: number): void {
    this.#see.run(timeUs, id);
  }

  /** The last end that was not in order; `running`: the session that began last has not ended. */
  lastUncleanEnd(running: boolean): UncleanEnd | undefined {
    return this.#unclean.get(running ? 1 : 0);
  }

  /** The session that began last; undefined on a volume that was never mounted. */
  lastSession(): Session | undefined {
    const row = this.#last.get();
    if (!row) return undefined;
    const { started_us: startedUs, ended_us: endedUs, ...rest } = row;
    return { ...rest, startedUs, endedUs, clean: endedUs !== null };
  }
}
