import { JournalReader } from '../journal/reader.js';
import { newestOf, type Xtime } from '../marker/mark.js';
import { AT_FDCWD, check, cstr, native, O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../syscalls/index.js';
import { ControlClient, DaemonGone } from '../volume/control.js';
import { UserError } from '../volume/errors.js';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import type { Exclusive } from './exclusive.js';

/** The last record of a journal. */
export interface JournalHead {
  readonly journalId: string | null;
  readonly head: number;
}

/** The moment that a pass begins. */
export interface Barrier extends JournalHead {
  /** Every change up to this time is on the source and marked; later ones are marked later. */
  readonly timeUs: Xtime;
  /**
   * Whether the journal holds all that happened: not so after a daemon that was killed, until the next one notes the
   * gap.
   */
  readonly clean: boolean;
  /** The journal's head when all that happened so far is in it; undefined where nobody can tell. */
  settle(): Promise<JournalHead | undefined>;
  /** The last barrier before a time: what was marked then was marked later than that, and so was all above it. */
  before(timeUs: Xtime): Xtime | undefined;
  close(): void;
}

/** As the daemon answers, or a lock tells. */
type Raised = Omit<Barrier, 'before'>;

/** Asks the daemon for a barrier; with nothing mounted, keeps it so until the barrier is closed. Notes its time. */
export async function openBarrier(volume: Volume, state: State, exclusive: Exclusive): Promise<Barrier> {
  const wallUs = Date.now() * 1000;
  const barrier = await raise(volume, state, exclusive);
  try {
    state.barriers.note({ timeUs: barrier.timeUs, wallUs });
    return { ...barrier, before: (timeUs) => state.barriers.before(timeUs) };
  } catch (error) {
    barrier.close();
    throw error;
  }
}

async function raise(volume: Volume, state: State, exclusive: Exclusive): Promise<Raised> {
  try {
    return (await askDaemon(volume)) ?? openAlone(volume, state, exclusive);
  } catch (error) {
    if (!(error instanceof DaemonGone)) throw error;
    // While a killed daemon goes, its socket still takes connections; now it is refused, or its successor answers.
    return (await askDaemon(volume)) ?? openAlone(volume, state, exclusive);
  }
}

/** undefined where nothing is mounted. */
async function askDaemon(volume: Volume): Promise<Raised | undefined> {
  const client = await ControlClient.connect(volume);
  try {
    const answer = await client?.call('barrier');
    if (!client || !answer) return undefined;
    const { timeUs, head, journalId } = answer;
    return { timeUs, head, journalId, clean: true, settle: () => settle(client), close: () => client.close() };
  } catch (error) {
    client?.close();
    throw error;
  }
}

async function settle(client: ControlClient): Promise<JournalHead | undefined> {
  try {
    return await client.call('flush');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function openAlone(volume: Volume, state: State, exclusive: Exclusive): Raised {
  exclusive.acquire();
  try {
    const timeUs = Math.max(Date.now() * 1000, state.clock.readCeiling(), rootMark(volume));
    // The next daemon's first mark must be later than this sync point.
    state.clock.writeCeiling(timeUs + 1);
    const head = readHead(volume);
    const clean = state.sessions.lastSession()?.clean ?? true;
    return { timeUs, ...head, clean, settle: async () => head, close: () => exclusive.release() };
  } catch (error) {
    exclusive.release();
    throw error;
  }
}

function readHead(volume: Volume): JournalHead {
  const reader = JournalReader.open(volume.stateDir);
  try {
    return { journalId: reader?.id ?? null, head: reader?.head ?? 0 };
  } finally {
    reader?.close();
  }
}

/** The root's mark is the newest of all. */
function rootMark(volume: Volume): Xtime {
  const fd = check(
    native.openat(AT_FDCWD, cstr(volume.root), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0),
    'open',
    volume.source,
  );
  try {
    return newestOf(fd, volume.uuid) ?? 0;
  } finally {
    native.close(fd);
  }
}
