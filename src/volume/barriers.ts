import type { Database, Statement } from './sqlite.js';

/** The moment at which a pass began. */
export interface BarrierTime {
  /** Marks at or before it belong to the epoch that it ended, microseconds since 1970 by the volume's clock. */
  readonly timeUs: number;
  /** The wall clock just before; 0 where nothing is known of the barriers up to this one. */
  readonly wallUs: number;
}

/** Barriers kept in state.db; a month of passes each 30 seconds. */
const KEPT = 100_000;

/** When passes began, in state.db: with a mark, they tell from when on a change would have needed another mark. */
export class Barriers {
  readonly #note: Statement<[number, number]>;
  readonly #oldest: Statement<[number], number>;
  readonly #list: Statement<[], BarrierTime>;
  readonly #before: Statement<[number], number | null>;

  constructor(
    private readonly db: Database,
    private readonly kept = KEPT,
  ) {
    this.#note = db.prepare(`INSERT INTO barriers VALUES (?, ?)
      ON CONFLICT (time_us) DO UPDATE SET wall_us = min(wall_us, excluded.wall_us)`);
    this.#oldest = db
      .prepare<[number], number>('SELECT time_us FROM barriers ORDER BY time_us DESC LIMIT 1 OFFSET ?')
      .pluck();
    this.#before = db.prepare<[number], number | null>('SELECT max(time_us) FROM barriers WHERE time_us < ?').pluck();
    this.#list = db.prepare('SELECT time_us AS timeUs, wall_us AS wallUs FROM barriers ORDER BY time_us');
  }

  /** Notes a barrier, and forgets the oldest. */
  note({ timeUs, wallUs }: BarrierTime): void {
    this.db
      .transaction(() => {
        this.#note.run(timeUs, wallUs);
        const oldest = this.#oldest.get(this.kept);
        if (oldest === undefined) return;
        this.db.prepare('DELETE FROM barriers WHERE time_us < ?').run(oldest);
        this.db.prepare('UPDATE barriers SET wall_us = 0 WHERE time_us = ?').run(oldest);
      })
      .immediate();
  }

  /** The last one before a time; undefined where none is known. */
  before(timeUs: number): number | undefined {
    return this.#before.get(timeUs) ?? undefined;
  }

  /** By time. */
  list(): BarrierTime[] {
    return this.#list.all();
  }
}
