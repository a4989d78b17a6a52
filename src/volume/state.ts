import path from 'node:path';
import { Barriers } from './barriers.js';
import { LastCheckpoint } from './checkpoint.js';
import { ClockCeiling } from './clock.js';
import { FirstCopies, type FirstCopyNote } from './first-copies.js';
import { Passes } from './passes.js';
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
  /** See SlaveRecord; as it was where it is not given. */
  readonly excluded?: readonly string[];
  /** The same. */
  readonly keptDeletes?: boolean;
}

/**
 * The volume's durable state (state.db): slaves, sync points, pending paths, sessions, the clock's ceiling. Every call
 * is one transaction and is on the disk when it returns. Several processes may have it open.
 */
export class State {
  readonly slaves: Slaves;
  readonly pending: PendingPaths;
  readonly passes: Passes;
  readonly sessions: Sessions;
  readonly clock: ClockCeiling;
  readonly barriers: Barriers;
  readonly checkpoint: LastCheckpoint;
  readonly firstCopies: FirstCopies;
  readonly #commit: Statement<
    [string | null, number, number, string, string, string | null, string | null, number | null, string]
  >;

  private constructor(private readonly db: Database) {
    this.slaves = new Slaves(db);
    this.pending = new PendingPaths(db);
    this.passes = new Passes(db);
    this.sessions = new Sessions(db);
    this.clock = new ClockCeiling(db);
    this.barriers = new Barriers(db);
    this.checkpoint = new LastCheckpoint(db);
    this.firstCopies = new FirstCopies(db);
    this.#commit = db.prepare(`UPDATE slaves
      SET journal_id = ?, position = ?, stime_us = ?, last_pass = ?, state = ?, reason = ?, excluded = coalesce(?, excluded),
        kept_deletes = coalesce(?, kept_deletes)
      WHERE name = ?`);
  }

  /** Opens the state and makes it where it is missing. UserError where it is damaged or of a newer schema. */
  static open(volume: Volume): State {
    return new State(openStateDatabase(path.join(volume.stateDir, 'state.db')));
  }

  /** Notes the end of a pass for a slave; UserError where the slave was removed meanwhile. */
  commitPass(slave: string, pass: PassCommit): void {
    this.db
      .transaction(() => {
        const { stimeUs, lastPass: before } = this.slaves.need(slave);
        if (pass.stimeUs < stimeUs)
          throw new Error(`Sync point of slave "${slave}" would go back from ${stimeUs} to ${pass.stimeUs}`);
        const [lastPass, excluded] = [JSON.stringify(pass.lastPass), pass.excluded && JSON.stringify(pass.excluded)];
        const { journalId, position, stimeUs: reached, state, reason } = pass;
        const kept = pass.keptDeletes === undefined ? null : Number(pass.keptDeletes);
        this.#commit.run(journalId, position, reached, lastPass, state, reason, excluded ?? null, kept, slave);
        this.pending.replace(slave, pass.pending);
        this.firstCopies.forget(slave);
        // What a pass did counts once, also where only the position is written anew.
        if (pass.lastPass.startedUs !== before?.startedUs) this.passes.note(slave, pass.lastPass);
      })
      .immediate();
  }

  /** A first copy that is cut is not to be gone on with: it left other things out, or left what was too much. */
  beginAnew(slave: string, excluded: readonly string[]): void {
    this.db
      .transaction(() => {
        this.firstCopies.forget(slave);
        this.slaves.setExcluded(slave, excluded);
        this.slaves.setKeptDeletes(slave, false);
      })
      .immediate();
  }

  /** Adds to what the next pass of a slave takes up. */
  notePending(slave: string, paths: readonly PendingPath[]): void {
    this.db.transaction(() => this.pending.add(slave, paths)).immediate();
  }

  /** Notes how far a first copy is, and what of that is not on the slave: it replaces the pending paths. */
  noteFirstCopy(slave: string, note: FirstCopyNote, pending: readonly PendingPath[]): void {
    this.db
      .transaction(() => {
        this.firstCopies.note(slave, note);
        this.pending.replace(slave, pending);
      })
      .immediate();
  }

  close(): void {
    this.db.close();
  }
}
