import path from 'node:path';
import { ClockCeiling } from './clock.js';
import { type PendingPath, PendingPaths } from './pending.js';
import { openStateDatabase } from './schema.js';
import { Sessions } from './sessions.js';
import { type LastPass, type SlaveState, Slaves } from './slaves.js';
import type { Database, Statement } from './sqlite.js';
import type { Volume } from './volume.js';

/** What a pass leaves for the next one. Sync point, position and pending paths are one fact and are written as one. */
export interface PassCommit {
  readonly journalId: string | null;
  readonly position: number;
  /** Never less than the slave's stime so far. */
  readonly stimeUs: number;
  /** Replaces the slave's pending paths. */
  readonly pending: readonly PendingPath[];
  readonly lastPass: LastPass;
  readonly state: SlaveState;
  readonly reason: string | null;
}

/**
 * The volume's durable state (state.db): slaves, sync points, pending paths, sessions, the clock's ceiling. Every call
 * is one transaction and is on the disk when it returns. Several processes may have it open.
 */
export class State {
  readonly slaves: Slaves;
  readonly pending: PendingPaths;
  readonly sessions: Sessions;
  readonly clock: ClockCeiling;
  readonly #commit: Statement<[string | null, number, number, string, string, string | null, string]>;

  private constructor(private readonly db: Database) {
    this.slaves = new Slaves(db);
    this.pending = new PendingPaths(db);
    this.sessions = new Sessions(db);
    this.clock = new ClockCeiling(db);
    this.#commit = db.prepare(`UPDATE slaves
      SET journal_id = ?, position = ?, stime_us = ?, last_pass = ?, state = ?, reason = ? WHERE name = ?`);
  }

  /** Opens the state and makes it where it is missing. UserError where it is damaged or of a newer schema. */
  static open(volume: Volume): State {
    return new State(openStateDatabase(path.join(volume.stateDir, 'state.db')));
  }

  /** Notes the end of a pass for a slave; UserError where the slave was removed meanwhile. */
  commitPass(slave: string, pass: PassCommit): void {
    this.db
      .transaction(() => {
        const { stimeUs } = this.slaves.need(slave);
        if (pass.stimeUs < stimeUs)
          throw new Error(`Sync point of slave "${slave}" would go back from ${stimeUs} to ${pass.stimeUs}`);
        const lastPass = JSON.stringify(pass.lastPass);
        this.#commit.run(pass.journalId, pass.position, pass.stimeUs, lastPass, pass.state, pass.reason, slave);
        this.pending.replace(slave, pass.pending);
      })
      .immediate();
  }

  close(): void {
    this.db.close();
  }
}
