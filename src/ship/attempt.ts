import { JournalUnreadable } from '../journal/reader.js';
import { openSlave } from '../slave/registry.js';
import type { Slave } from '../slave/slave.js';
import { UserError } from '../volume/errors.js';
import { LockedError, lock } from '../volume/lock.js';
import type { State } from '../volume/state.js';
import { openVolume, type Volume } from '../volume/volume.js';
import { type Barrier, openBarrier } from './barrier.js';
import { chooseCrawl, openJournal } from './choose.js';
import { commitPass, forgetCursor, type PassResult } from './commit.js';
import type { Exclusive } from './exclusive.js';
import { LazyLinks } from './link-index.js';
import type { ShipOptions } from './options.js';
import { runPass } from './pass.js';
import { LocalSource } from './source.js';
import { Rsync } from './transfer/rsync.js';

/** What all passes of one `ship` share. */
export interface ShipContext {
  readonly volume: Volume;
  readonly state: State;
  readonly exclusive: Exclusive;
  readonly options: ShipOptions;
}

/** One pass for one slave; where it fails as a whole, its result says why. */
export async function attemptPass(context: ShipContext, name: string): Promise<PassResult> {
  const startedMs = Date.now();
  const result: PassResult = emptyResult(context.state, name);
  try {
    const held = lock(context.volume, `ship-${name}`);
    try {
      await pass(context, result, startedMs);
    } finally {
      held.release();
    }
  } catch (error) {
    result.error = error instanceof Error ? error.message : String(error);
    note(context, name, error);
  }
  result.seconds = (Date.now() - startedMs) / 1000;
  return result;
}

function emptyResult({ slaves }: State, name: string): PassResult {
  const counts = { considered: 0, shipped: 0, renamed: 0, deleted: 0, failed: 0, bytes: 0, seconds: 0 };
  return { slave: name, crawl: 'journal', ...counts, syncPoint: slaves.get(name)?.stimeUs || null };
}

/** Writes down why a slave gets no further; not where the pass was only stopped, or another one is under way. */
function note({ state, options }: ShipContext, name: string, error: unknown): void {
  const slave = state.slaves.get(name);
  if (!slave || error instanceof LockedError || options.signal?.aborted) return;
  if (error instanceof JournalUnreadable) forgetCursor(state, slave);
  state.slaves.setState(name, 'faulty', error instanceof Error ? error.message : String(error));
}

async function pass(context: ShipContext, result: PassResult, startedMs: number): Promise<void> {
  const { volume, state, exclusive } = context;
  // The source may have been unmounted since: an empty directory is not a volume whose files were all deleted.
  if (openVolume(volume.source, volume.stateDir).uuid !== volume.uuid) {
    throw new UserError(`Cannot ship volume "${volume.source}": another volume is there now`);
  }
  const slave = openSlave(volume, state.slaves.need(result.slave));
  const source = new LocalSource(volume);
  let barrier: Barrier | undefined;
  try {
    barrier = await openBarrier(volume, state, exclusive);
    await passFrom(context, barrier, source, slave, result, startedMs);
  } finally {
    barrier?.close();
    source.close();
    slave.close();
  }
}

async function passFrom(
  context: ShipContext,
  barrier: Barrier,
  source: LocalSource,
  slave: Slave,
  result: PassResult,
  startedMs: number,
): Promise<void> {
  const { volume, state, options } = context;
  const records = openJournal(volume.stateDir, barrier);
  const links = new LazyLinks(volume.stateDir);
  try {
    const crawl = chooseCrawl(state.slaves.need(slave.name), barrier, records);
    result.crawl = crawl;
    if (crawl !== 'journal') forgetCursor(state, state.slaves.need(slave.name));
    const { journalId, position, stimeUs } = state.slaves.need(slave.name);
    const base = { journalId, position, stimeUs };
    const pending = state.pending.of(slave.name);
    const transfer = rsyncTo(context, source, slave);
    const patientUntilUs = options.intervalMs === undefined ? undefined : startedMs * 1000;
    const parts = { source, slave, transfer, links, records, barrier };
    const outcome = await runPass({ ...parts, base, pending, crawl, patientUntilUs, signal: options.signal });
    const failed = [...outcome.work.later.values()].filter(({ kind }) => kind === 'failed').length;
    const seconds = (Date.now() - startedMs) / 1000;
    Object.assign(result, outcome.work.counts, { failed, seconds, syncPoint: outcome.stimeUs || null });
    await commitPass(state, outcome, pending, result, startedMs * 1000);
  } finally {
    links.close();
    records?.close();
  }
}

function rsyncTo({ volume, options }: ShipContext, { path }: LocalSource, { destination, temporary }: Slave): Rsync {
  const privileged = process.geteuid?.() === 0;
  return new Rsync({
    ...{ source: path, sourceName: volume.source, destination, temporary, privileged },
    ...{ signal: options.signal, program: options.rsync },
  });
}
