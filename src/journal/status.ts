import { ControlClient, DaemonGone, DaemonSilent, type DaemonStatus } from '../volume/control.js';
import { markerfsMountsOf } from '../volume/mounts.js';
import type { Crawl, LastPass, SlaveRecord, SlaveState } from '../volume/slaves.js';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { type JournalReader, JournalUnreadable } from './reader.js';
import { type Recovery, recoveryOf } from './recovery.js';

/**
 * How a volume and its slaves are: the object that `markerfs status --json` prints. Fields are added, never changed.
 */
export interface VolumeStatus {
  readonly volume: {
    readonly uuid: string;
    readonly source: string;
    /** Null where nothing is mounted. */
    readonly mountpoint: string | null;
    /**
     * `active`: mounted. `stopped`: not mounted. `faulty`: the daemon does not answer, or is gone and the mount is
     * not, or the journal cannot be written.
     */
    readonly state: SlaveState;
    readonly reason: string | null;
    /** The daemon's process id. This and what follows is null without a daemon. */
    readonly pid: number | null;
    readonly engine: string | null;
    readonly passthrough: boolean | null;
    readonly epoch: number | null;
    /** Requests of the kernel that the daemon has served; null where its engine does not count. */
    readonly operations: number | null;
    readonly journal: JournalStatus;
    /** A daemon was killed, and a slave has not made up for it; null where all have. */
    readonly recovery: Recovery | null;
    /** The last one that was asked for; null where none was. */
    readonly checkpoint: CheckpointStatus | null;
  };
  readonly slaves: readonly SlaveStatus[];
}

/** A time up to which people want to know all changes on the slaves. */
export interface CheckpointStatus {
  /** Microseconds since 1970, by the volume's clock. */
  readonly timeUs: number;
  /** The slaves that do not have everything up to then yet. */
  readonly behind: readonly string[];
}

export interface JournalStatus {
  readonly records: number;
  /** Sequence of the last record. */
  readonly head: number;
  readonly bytes: number;
  /** Whether the next pass of every slave that has a sync point finds all changes in the journal. */
  readonly whole: boolean;
}

export interface SlaveStatus {
  readonly name: string;
  readonly target: string;
  readonly state: SlaveState;
  /** Why the state is faulty. */
  readonly reason: string | null;
  /** How the last pass found what was dirty. */
  readonly crawl: Crawl;
  /**
   * Everything marked at or before this time is on the slave, microseconds since 1970; null before the first complete
   * pass.
   */
  readonly syncPoint: number | null;
  /**
   * The age of the oldest change that is not on the slave; of the sync point where the journal cannot tell. Null as
   * `syncPoint`.
   */
  readonly lagSeconds: number | null;
  /** Changes that wait for the next pass; null where the journal cannot tell. */
  readonly pending: number | null;
  /** Paths that could not be shipped and are tried again. */
  readonly failures: number;
  /** Files that are still being written and wait for that to end. */
  readonly waiting: number;
  /** What is deleted on the source stays on it. */
  readonly keepsDeleted: boolean;
  readonly lastPass: LastPass | null;
}

const NO_JOURNAL: JournalStatus = { records: 0, head: 0, bytes: 0, whole: false };

/** Reads the journal, or does without where it cannot be read. */
function tryRead<T>(reader: JournalReader | undefined, read: (reader: JournalReader) => T): T | undefined {
  if (!reader) return undefined;
  try {
    return read(reader);
  } catch (error) {
    if (error instanceof JournalUnreadable) return undefined;
    throw error;
  }
}

function coversSlave(reader: JournalReader, { journalId, position, stimeUs }: SlaveRecord): boolean {
  return journalId === reader.id && reader.wholeSince(position, stimeUs);
}

/** Whether no record that the slave lacks is a gap: what was lost before its position was found by a walk. */
function isAhead(reader: JournalReader, { journalId, position }: SlaveRecord): boolean {
  return journalId === reader.id && reader.wholeSince(position, Number.MAX_SAFE_INTEGER);
}

/** What waits for a slave, as the journal knows it: undefined where it does not. */
function waiting(
  reader: JournalReader | undefined,
  slave: SlaveRecord,
): { records: number; sinceUs: number | undefined } | undefined {
  return tryRead(reader, (journal) => {
    if (!coversSlave(journal, slave)) return undefined;
    return { records: journal.head - slave.position, sinceUs: journal.firstTimeAfter(slave.position) };
  });
}

function slaveStatus(slave: SlaveRecord, state: State, reader: JournalReader | undefined, nowUs: number): SlaveStatus {
  const { name, target, reason, stimeUs, lastPass } = slave;
  const { failed, moved } = state.pending.count(name);
  const known = waiting(reader, slave);
  const busy = state.pending.busy(name);
  const sinceUs = known ? Math.min(known.sinceUs ?? nowUs, busy?.sinceUs ?? nowUs) : stimeUs;
  const complete = stimeUs > 0;
  return {
    name,
    target,
    state: slave.state,
    reason,
    crawl: lastPass?.crawl ?? 'initial',
    syncPoint: complete ? stimeUs : null,
    lagSeconds: complete ? Math.max(0, nowUs - sinceUs) / 1e6 : null,
    pending: known ? known.records + moved : null,
    failures: failed,
    waiting: busy?.paths ?? 0,
    keepsDeleted: slave.settings.keepDeletes === true,
    lastPass,
  };
}

function journalStatus(
  reader: JournalReader | undefined,
  slaves: readonly SlaveRecord[],
  failure: string | null,
): JournalStatus {
  const status = tryRead(reader, (journal) => {
    const whole = slaves.every((slave) => slave.stimeUs === 0 || coversSlave(journal, slave));
    return { records: journal.count, head: journal.head, bytes: journal.bytes, whole: whole && failure === null };
  });
  return status ?? NO_JOURNAL;
}

function checkpointStatus({ checkpoint, slaves }: State): CheckpointStatus | null {
  const timeUs = checkpoint.read();
  return timeUs === undefined ? null : { timeUs, behind: slaves.behind(timeUs).map(({ name }) => name) };
}

/** `gone`: nothing is mounted, or the daemon was killed. `silent`: it does not answer. */
async function askDaemon(volume: Volume): Promise<DaemonStatus | 'gone' | 'silent'> {
  const daemon = await ControlClient.connect(volume);
  try {
    return (await daemon?.call('status')) ?? 'gone';
  } catch (error) {
    if (error instanceof DaemonGone) return 'gone';
    if (error instanceof DaemonSilent) return 'silent';
    throw error;
  } finally {
    daemon?.close();
  }
}

function mountStatus(volume: Volume, daemon: DaemonStatus | 'gone' | 'silent') {
  if (typeof daemon === 'object') {
    const { mountpoint, pid, engine, passthrough, epoch, operations, journalFailure } = daemon;
    const reason = journalFailure === null ? null : `the journal cannot be written: ${journalFailure}`;
    const state: SlaveState = reason === null ? 'active' : 'faulty';
    return { mountpoint, state, reason, pid, engine, passthrough, epoch, operations };
  }
  const mountpoint = markerfsMountsOf(volume.source).at(-1)?.mountpoint ?? null;
  const nothing = { mountpoint, pid: null, engine: null, passthrough: null, epoch: null, operations: null };
  if (daemon === 'silent') return { ...nothing, state: 'faulty' as const, reason: SILENT };
  return mountpoint === null
    ? { ...nothing, state: 'stopped' as const, reason: null }
    : { ...nothing, state: 'faulty' as const, reason: GONE };
}

const GONE = 'the daemon is gone; mount again, or remove the mount with: markerfs umount';
const SILENT = 'the daemon does not answer: it is stopped, or hangs; look at daemon.log in the state folder';

/** What status is read from. */
export interface StatusSources {
  readonly state: State;
  /** Undefined where the journal cannot be read. */
  readonly reader: JournalReader | undefined;
}

/** How a volume and its slaves are now. Changes nothing. */
export async function readStatus(volume: Volume, { state, reader }: StatusSources): Promise<VolumeStatus> {
  const daemon = await askDaemon(volume);
  const slaves = state.slaves.list();
  const nowUs = Date.now() * 1000;
  const journal = journalStatus(reader, slaves, typeof daemon === 'object' ? daemon.journalFailure : null);
  const isCovered = (slave: SlaveRecord) => tryRead(reader, (opened) => isAhead(opened, slave)) ?? false;
  const recovery = recoveryOf(state.sessions.lastUncleanEnd(daemon !== 'gone'), slaves, isCovered);
  const { uuid, source } = volume;
  return {
    volume: { uuid, source, ...mountStatus(volume, daemon), journal, recovery, checkpoint: checkpointStatus(state) },
    slaves: slaves.map((slave) => slaveStatus(slave, state, reader, nowUs)),
  };
}
