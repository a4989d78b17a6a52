import { writersOf } from '../filesystem/nodes/writers.js';
import { type OperationCount, OperationCounters } from '../fuse/index.js';
import { Journal, type JournalOptions } from '../journal/journal.js';
import { Barrier } from '../marker/barrier.js';
import { DurableMarks } from '../marker/durable.js';
import { Epochs } from '../marker/epochs.js';
import { newestOf } from '../marker/mark.js';
import { AT_EMPTY_PATH, check, emptyName, native } from '../syscalls/index.js';
import { detachMount, plainUnmount } from '../volume/mounting.js';
import { openRoot } from '../volume/root.js';
import { State } from '../volume/state.js';
import { ClockKeeper } from './clock-keeper.js';
import { type ControlHandlers, ControlServer } from './control-server.js';
import { engineOf } from './engines/choose.js';
import type { Engine } from './engines/engine.js';
import { log } from './log.js';
import { isPrivileged, mountVolume, proveMarks } from './mount.js';
import type { DaemonOptions } from './options.js';
import { makeReady, type Ready } from './ready.js';
import { endOnFaults, endOnSignals, retire } from './signals.js';
import { allocateMemory, assemble, type MountFacts, mainThread, type SharedMemory } from './wiring.js';

/** A volume that is being served. */
export interface Serving {
  readonly mountpoint: string;
  readonly passthrough: boolean;
  /** What the user should know of how the mount came about. */
  readonly notes: readonly string[];
  /** Resolves to the exit status when the filesystem has been unmounted and everything is durable. */
  readonly ended: Promise<number>;
}

/** What is open while a volume is served. */
interface Daemon {
  readonly options: DaemonOptions;
  readonly engine: Engine;
  readonly ready: Ready;
  readonly state: State;
  readonly keeper: ClockKeeper;
  readonly journal: Journal;
  readonly memory: SharedMemory;
  readonly facts: MountFacts;
}

/**
 * Mounts a volume and serves it until it is unmounted. UserError says why it cannot be mounted. The order matters: the
 * lock before any state is touched; the session noted before the first change can come, and its orderly end only after
 * the last record is committed.
 */
export async function serveVolume(options: DaemonOptions): Promise<Serving> {
  endOnFaults();
  const engine = await engineOf(options.engine);
  const ready = makeReady(options);
  const { mountpoint } = ready.plan;
  try {
    const daemon = await open(options, engine, ready);
    try {
      const notes = [...ready.notes, ...engine.notes];
      return { mountpoint, passthrough: daemon.facts.passthrough, notes, ...(await run(daemon)) };
    } catch (error) {
      detachMount(mountpoint);
      throw error;
    }
  } catch (error) {
    ready.leave();
    throw error;
  }
}

async function open(options: DaemonOptions, engine: Engine, ready: Ready): Promise<Daemon> {
  const { volume, plan, mountFlags } = ready;
  const state = State.open(volume);
  const last = state.sessions.lastSession();
  const memory = allocateMemory();
  const rootFd = openRoot(volume.root, mountFlags);
  const keeper = new ClockKeeper(memory.clock, state, newestOf(rootFd, volume.uuid) ?? 0);
  const position = Math.max(0, ...state.slaves.list().map((slave) => slave.position));
  const gap = last !== undefined && !last.clean ? { gap: { timeUs: keeper.startedUs, position } } : {};
  const journal = await Journal.start(volume, { ...gap, ...journalOptions(options), onFault: journalFault });
  if (!plan.readOnly) proveMarks(rootFd, volume, isPrivileged() ? 'trusted' : 'user', keeper.clock.now());
  const facts = await mountOrEnd(journal, () =>
    mountVolume(engine, volume, plan.mountpoint, rootFd, { ...options, mountFlags }),
  );
  return {
    options,
    engine,
    ready,
    state,
    keeper,
    journal,
    memory: { ...memory, journal: journal.queue.memory },
    facts,
  };
}

function journalFault(error: Error): void {
  log('error', 'The journal ended', { err: error });
}

function journalOptions({ journalKeepMs, journalLimitKiB }: DaemonOptions): JournalOptions {
  return {
    ...(journalKeepMs === undefined ? {} : { retentionUs: journalKeepMs * 1000 }),
    ...(journalLimitKiB === undefined ? {} : { limitBytes: journalLimitKiB * 1024 }),
  };
}

/** A mount that fails leaves the journal in order. */
async function mountOrEnd<T>(journal: Journal, mount: () => Promise<T>): Promise<T> {
  try {
    return await mount();
  } catch (error) {
    await journal.end();
    throw error;
  }
}

/** Serves; resolves when the mount is ready. */
async function run(daemon: Daemon): Promise<Pick<Serving, 'ended'>> {
  const { memory, facts, state, keeper, options } = daemon;
  const { volume, plan } = daemon.ready;
  const { mountpoint } = plan;
  const session = state.sessions.begin({
    pid: process.pid,
    mountpoint,
    engine: options.engine,
    startedUs: keeper.startedUs,
  });
  keeper.watch(session);
  const filesystem = assemble(memory, facts, mainThread);
  check(filesystem.stat.read(facts.rootFd, emptyName, AT_EMPTY_PATH), 'statx', volume.source);
  filesystem.table.plantRoot(filesystem.stat);
  const epochs = new Epochs(memory.epochs, mainThread);
  const writers = () => filesystem.table.locked(() => writersOf(filesystem.table));
  const barrier = new Barrier(epochs, keeper.clock, daemon.journal.queue, filesystem.observer, writers);
  const server = await ControlServer.listen(volume.stateDir, handlers(daemon, barrier, epochs));
  const worked = daemon.engine.serve(memory, facts, filesystem, () => retire(mountpoint));
  endOnSignals(mountpoint);
  return { ended: worked.then((inOrder) => finish(daemon, server, session, inOrder)) };
}

function handlers(
  { options, ready, facts, journal, keeper, memory }: Daemon,
  barrier: Barrier,
  epochs: Epochs,
): ControlHandlers {
  const { mountpoint } = ready.plan;
  const operations = () => (options.engine === 'markerfs' ? OperationCounters.sum(memory.operations) : null);
  return {
    barrier: () => barrier.raise(),
    flush: () => barrier.flush(),
    status: async () => ({
      pid: process.pid,
      mountpoint,
      engine: options.engine,
      passthrough: facts.passthrough,
      epoch: epochs.current,
      startedUs: keeper.startedUs,
      operations: totalOf(operations()),
      journalFailure: journal.queue.failure,
    }),
    metrics: async () => ({
      startedUs: keeper.startedUs,
      operations: operations(),
      marks: DurableMarks.count(memory.durable),
      queue: journal.queue.waiting,
      residentBytes: process.memoryUsage.rss(),
    }),
    unmount: async () => {
      plainUnmount(mountpoint);
      return {};
    },
  };
}

function totalOf(operations: readonly OperationCount[] | null): number | null {
  const counts = operations?.flatMap(({ buckets }) => buckets);
  return counts?.reduce((sum, requests) => sum + requests, 0) ?? null;
}

/** Everything is unmounted: makes it durable, and notes the orderly end if it was one. */
async function finish(daemon: Daemon, server: ControlServer, session: number, inOrder: boolean): Promise<number> {
  const { journal, state, keeper, ready, facts } = daemon;
  server.close();
  keeper.stop();
  const whole = await journal.end();
  if (inOrder && whole) state.sessions.endCleanly(session, keeper.clock.now());
  state.close();
  native.close(facts.rootFd);
  ready.leave();
  return inOrder ? 0 : 1;
}
