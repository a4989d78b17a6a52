import { UserError } from './errors.js';
import { changeSettings, parseSettings, type SettingsChange, type SlaveSettings } from './slave-settings.js';
import type { Database, Statement } from './sqlite.js';

/**
 * `initializing`: its first pass is not complete. `active`: passes succeed. `faulty`: the last pass failed as a whole,
 * `reason` says why. `paused`: the user wants no passes. `stopped`: nobody ships it.
 */
export type SlaveState = 'initializing' | 'active' | 'faulty' | 'paused' | 'stopped';

/** How a pass finds what is dirty. */
export type Crawl = 'initial' | 'walk' | 'journal';

/** What a pass did: the `ship --json` object of one slave, and when it began. */
export interface LastPass {
  readonly slave: string;
  readonly crawl: Crawl;
  readonly considered: number;
  readonly shipped: number;
  readonly renamed: number;
  readonly deleted: number;
  readonly failed: number;
  readonly bytes: number;
  readonly seconds: number;
  /** These are not known of passes of older releases. */
  readonly unchanged?: number;
  readonly wireBytes?: number;
  readonly waiting?: number;
  /** Seconds of each phase, in their order. */
  readonly phases?: Readonly<Record<string, number>>;
  readonly syncPoint: number | null;
  readonly error?: string;
  readonly startedUs: number;
}

/** The configuration file that a slave was last set from. */
export interface Listed {
  /** Absolute. */
  readonly file: string;
  /** The target as it stood there. */
  readonly target: string;
}

/** What a volume knows of one slave. */
export interface SlaveRecord {
  readonly name: string;
  /** Uuid, also in the slave's own state folder: another directory at the same place is not this slave. */
  readonly id: string;
  readonly target: string;
  readonly addedUs: number;
  /** `paused` while `paused` is set, else what the last pass left. */
  readonly state: SlaveState;
  /** Why the state is `faulty`. */
  readonly reason: string | null;
  readonly paused: boolean;
  /**
   * The journal that `position` counts in; null before the first pass, and where the last one could not rely on a
   * journal.
   */
  readonly journalId: string | null;
  /** Sequence of the last record that the slave has. */
  readonly position: number;
  /**
   * The sync point's time in microseconds since 1970: everything marked at or before it is on the slave. 0: never
   * complete.
   */
  readonly stimeUs: number;
  readonly lastPass: LastPass | null;
  /** What the user has set for it. */
  readonly settings: SlaveSettings;
  /** Null where verbs have set it. */
  readonly listed: Listed | null;
  /** By which patterns its last complete pass left out what; a character a byte. */
  readonly excluded: readonly string[];
  /** It may have what the source has not: passes kept that, and none has looked for it since. */
  readonly keptDeletes: boolean;
}

interface Row {
  name: string;
  id: string;
  target: string;
  added_us: number;
  state: SlaveState;
  reason: string | null;
  paused: number;
  journal_id: string | null;
  position: number;
  stime_us: number;
  last_pass: string | null;
  settings: string;
  listed: string | null;
  excluded: string;
  kept_deletes: number;
}

function toRecord(row: Row): SlaveRecord {
  const paused = row.paused !== 0;
  return {
    name: row.name,
    id: row.id,
    target: row.target,
    addedUs: row.added_us,
    state: paused ? 'paused' : row.state,
    reason: row.reason,
    paused,
    journalId: row.journal_id,
    position: row.position,
    stimeUs: row.stime_us,
    lastPass: row.last_pass === null ? null : (JSON.parse(row.last_pass) as LastPass),
    settings: parseSettings(row.name, row.settings),
    listed: row.listed === null ? null : (JSON.parse(row.listed) as Listed),
    excluded: JSON.parse(row.excluded) as string[],
    keptDeletes: row.kept_deletes !== 0,
  };
}

/** The slaves of a volume, in state.db. */
export class Slaves {
  readonly #list: Statement<[], Row>;
  readonly #get: Statement<[string], Row>;
  readonly #settings: Statement<[string], string>;

  constructor(private readonly db: Database) {
    this.#list = db.prepare('SELECT * FROM slaves ORDER BY name');
    this.#get = db.prepare('SELECT * FROM slaves WHERE name = ?');
    this.#settings = db.prepare<[string], string>('SELECT settings FROM slaves WHERE name = ?').pluck();
  }

  /** By name, in byte order. */
  list(): SlaveRecord[] {
    return this.#list.all().map(toRecord);
  }

  /** Those, paused ones too, that do not have everything up to a time yet; microseconds since 1970, by the volume's clock. */
  behind(timeUs: number): SlaveRecord[] {
    return this.list().filter(({ stimeUs }) => stimeUs < timeUs);
  }

  get(name: string): SlaveRecord | undefined {
    const row = this.#get.get(name);
    return row && toRecord(row);
  }

  /** The slave of that name; UserError where there is none. */
  need(name: string): SlaveRecord {
    const slave = this.get(name);
    if (slave) return slave;
    const names = this.list().map((other) => `"${other.name}"`);
    const known =
      names.length > 0
        ? `there is no such slave; there are ${names.join(', ')}`
        : 'the volume has no slaves; add one with: markerfs slave add';
    throw new UserError(`Cannot find slave "${name}": ${known}`);
  }

  /** A new slave, `initializing`, with nothing shipped. UserError where the name is taken. */
  add(slave: Pick<SlaveRecord, 'name' | 'id' | 'target' | 'addedUs'>, settings: SlaveSettings = {}): void {
    const added = this.db
      .prepare(
        `INSERT INTO slaves (name, id, target, added_us, state, settings)
         VALUES (?, ?, ?, ?, 'initializing', ?) ON CONFLICT (name) DO NOTHING`,
      )
      .run(slave.name, slave.id, slave.target, slave.addedUs, changeSettings(slave.name, '{}', settings));
    if (added.changes === 0)
      throw new UserError(
        `Cannot add slave "${slave.name}": the volume has a slave of that name; choose another, or forget that one (markerfs slave remove)`,
      );
  }

  /** Forgets the slave and its pending paths. */
  remove(name: string): void {
    this.#change(name, 'DELETE FROM slaves WHERE name = ?', name);
  }

  setPaused(name: string, paused: boolean): void {
    this.#change(name, 'UPDATE slaves SET paused = ? WHERE name = ?', paused ? 1 : 0, name);
  }

  /** Changes settings; the others stay, those of a newer markerfs too. UserError where a value makes no sense. */
  setSettings(name: string, change: SettingsChange): void {
    this.db
      .transaction(() => {
        const json = this.#settings.get(name) ?? '{}';
        this.#change(name, 'UPDATE slaves SET settings = ? WHERE name = ?', changeSettings(name, json, change), name);
      })
      .immediate();
  }

  /** A configuration file sets the slave from now on; null: verbs do. */
  setListed(name: string, listed: Listed | null): void {
    this.#change(name, 'UPDATE slaves SET listed = ? WHERE name = ?', listed && JSON.stringify(listed), name);
  }

  /** See SlaveRecord. */
  setExcluded(name: string, excluded: readonly string[]): void {
    this.#change(name, 'UPDATE slaves SET excluded = ? WHERE name = ?', JSON.stringify(excluded), name);
  }

  /** See SlaveRecord. */
  setKeptDeletes(name: string, kept: boolean): void {
    this.#change(name, 'UPDATE slaves SET kept_deletes = ? WHERE name = ?', kept ? 1 : 0, name);
  }

  /** Records a state that no completed pass brings, such as a slave that is missing. */
  setState(name: string, state: SlaveState, reason: string | null): void {
    this.#change(name, 'UPDATE slaves SET state = ?, reason = ? WHERE name = ?', state, reason, name);
  }

  #change(name: string, sql: string, ...values: (string | number | null)[]): void {
    if (this.db.prepare(sql).run(...values).changes === 0) this.need(name);
  }
}
