import path from 'node:path';
import { JournalUnreadable } from '../journal/reader.js';
import type { Places } from '../slave/places.js';
import { canKeep, type PlainSlave, type Slave } from '../slave/slave.js';
import { strictest } from '../volume/delete-limit.js';
import { errorCause, errorCode, UserError } from '../volume/errors.js';
import { LockedError, lock } from '../volume/lock.js';
import { ProgressNote } from '../volume/progress.js';
import { refusedByMachine } from '../volume/refused.js';
import type { SlaveSettings } from '../volume/slave-settings.js';
import type { State } from '../volume/state.js';
import { openVolume, type Volume } from '../volume/volume.js';
import { type Barrier, openBarrier } from './barrier.js';
import { patienceOf } from './busy.js';
import { chooseCrawl, openJournal } from './choose.js';
import { ALL_AGAIN, commitPass, forgetCursor, type PassResult } from './commit.js';
import type { Exclusive } from './exclusive.js';
import { firstCopyOf } from './first-copy/state.js';
import { firstGlance } from './glance.js';
import { LazyLinks } from './links/link-index.js';
import type { ShipOptions } from './options.js';
import { type PassInput, type PassOutcome, runPass } from './pass.js';
import { Phases } from './phases.js';
import type { PlainRsync } from './plain/rsync.js';
import type { Action, Rehearsal } from './rehearsal.js';
import { formerSelection, selectionOf } from './selection/patterns.js';
import { SelectedSource } from './selection/source.js';
import { LocalSource } from './source.js';
import type { CopyingTransfer } from './transfer/copying/copying.js';
import { isRemote, type RsyncOptions, rsyncOptions } from './transfer/options.js';
import { ReportingTransfer } from './transfer/reporting.js';
import { Rsync } from './transfer/rsync.js';
import type { Transfer } from './transfer/transfer.js';
import { noCounts, type Wanted } from './work.js';

/** What all passes of one `ship` share. */
export interface ShipContext {
  readonly volume: Volume;
  readonly state: State;
  readonly exclusive: Exclusive;
  readonly places: Places;
  readonly options: ShipOptions;
}

/** One pass for one slave; where it fails as a whole, its result says why. */
export async function attemptPass(context: ShipContext, name: string): Promise<PassResult> {
  const startedMs = Date.now();
  const phases = new Phases();
  const result: PassResult = { ...emptyResult(context.state, name), phases: phases.seconds };
  try {
    const held = lock(context.volume, `ship-${name}`);
    try {
      await pass(context, result, startedMs, phases);
    } finally {
      phases.end();
      held.release();
    }
  } catch (error) {
    const reason = reasonOf(context.volume, error);
    Object.assign(result, { error: reason, seconds: (Date.now() - startedMs) / 1000 });
    note(context, result, error, startedMs);
  }
  result.seconds = (Date.now() - startedMs) / 1000;
  return result;
}

function reasonOf({ stateDir }: Volume, error: unknown): string {
  if (isOfDatabase(error)) return `Cannot write "${stateDir}/state.db": ${errorCause(error)}`;
  return refusedByMachine(error) ?? (error instanceof Error ? error.message : String(error));
}

function isOfDatabase(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_');
}

function emptyResult({ slaves }: State, name: string): PassResult {
  const counts = { ...noCounts(), failed: 0, waiting: 0, seconds: 0, phases: {} };
  return { slave: name, crawl: 'journal', ...counts, syncPoint: slaves.get(name)?.stimeUs || null };
}

/** Writes down why a slave gets no further; not where the pass was only stopped, or another one is under way. */
function note({ state, options }: ShipContext, result: PassResult, error: unknown, startedMs: number): void {
  const slave = state.slaves.get(result.slave);
  if (!slave || options.rehearsal || error instanceof LockedError || options.signal?.aborted) return;
  try {
    if (error instanceof JournalUnreadable) forgetCursor(state, slave);
    state.slaves.setState(slave.name, 'faulty', result.error ?? '');
    state.passes.note(slave.name, { ...result, startedUs: startedMs * 1000 });
  } catch (failure) {
    // The disk is full, perhaps. The result says why the pass failed, and the next one begins where this one did.
    if (!isOfDatabase(failure)) throw failure;
  }
}

async function pass(context: ShipContext, result: PassResult, startedMs: number, phases: Phases): Promise<void> {
  const { volume, state, exclusive, places } = context;
  // The source may have been unmounted since: an empty directory is not a volume whose files were all deleted.
  if (openVolume(volume.source, volume.stateDir).uuid !== volume.uuid) {
    throw new UserError(`Cannot ship volume "${volume.source}": another volume is there now`);
  }
  const slave = await places.open(state.slaves.need(result.slave));
  const source = new LocalSource(volume);
  let barrier: Barrier | undefined;
  try {
    barrier = await openBarrier(volume, state, exclusive);
    await passFrom(context, barrier, source, slave, result, startedMs, phases);
  } finally {
    barrier?.close();
    source.close();
    slave.close();
  }
}

async function passFrom(
  context: ShipContext,
  barrier: Barrier,
  local: LocalSource,
  slave: Slave | PlainSlave,
  result: PassResult,
  startedMs: number,
  phases: Phases,
): Promise<void> {
  const { volume, state, options } = context;
  const records = openJournal(volume.stateDir, barrier);
  const links = new LazyLinks(volume.stateDir);
  let note: ProgressNote | undefined;
  let copying: CopyingTransfer | undefined;
  try {
    const selection = await selectionOf(state.slaves.need(slave.name));
    const source = new SelectedSource(local, selection);
    const formerly = await formerSelection(state.slaves.need(slave.name), selection);
    const crawl = chooseCrawl(state.slaves.need(slave.name), barrier, formerly ? undefined : records);
    const found = { barrier, source, records, links, crawl, formerly };
    if (options.rehearsal) return await rehearse(context, options.rehearsal, local, slave, found, result);
    if (crawl === 'initial' && formerly) state.beginAnew(slave.name, selection.patterns);
    result.crawl = crawl;
    if (crawl !== 'journal') forgetCursor(state, state.slaves.need(slave.name));
    const { journalId, position, stimeUs, settings } = state.slaves.need(slave.name);
    const sinceUs = crawl === 'initial' ? 0 : stimeUs;
    const told = new ProgressNote(volume, { slave: slave.name, startedUs: startedMs * 1000, crawl, sinceUs });
    note = told;
    const onCounts: PassInput['onCounts'] = (counts) => told.follow(counts);
    const base = { journalId, position, stimeUs };
    const pending = state.pending.of(slave.name);
    if (formerly && crawl === 'walk') state.notePending(slave.name, [ALL_AGAIN]);
    const rsync = rsyncOptions(volume, local.path, slave, settings, options);
    const transfer = (how: RsyncOptions) => new ReportingTransfer(new Rsync(how), told);
    copying = crawl === 'initial' ? await copyingOf(rsync) : undefined;
    const patientUntilUs = options.intervalMs === undefined ? undefined : startedMs * 1000;
    const wanted = { ...wantedOf(settings, options), patientUntilUs };
    // Before anything is kept: a pass that is cut keeps, too.
    if (wanted.keepsDeleted) state.slaves.setKeptDeletes(slave.name, true);
    const { signal } = options;
    const firstCopy = firstCopyOf(state, slave.name, pending, startedMs * 1000);
    const asked = { wanted, signal, onCounts, firstCopy, phases };
    const parts = { ...found, base, pending, ...asked };
    const own = copying ? new ReportingTransfer(copying, told) : transfer(rsync);
    const kept = await keeping(slave, own, settings);
    const outcome = await ('plain' in slave
      ? plainPass(context, { ...parts, slave }, transfer, rsync)
      : runPass({ ...parts, slave, transfer: kept ?? own }));
    const left = [...outcome.work.later.values()];
    const [failed, waiting] = ['failed', 'busy'].map((kind) => left.filter((path) => path.kind === kind).length);
    const seconds = (Date.now() - startedMs) / 1000;
    Object.assign(result, outcome.work.counts, { failed, waiting, seconds, syncPoint: outcome.stimeUs || null });
    phases.end();
    await commitPass(state, outcome, pending, result, startedMs * 1000);
    if (kept && canKeep(slave)) await slave.thinVersions((settings.keepVersionsMs ?? 0) * 1000, Date.now() * 1000);
  } finally {
    note?.end();
    await copying?.close();
    links.close();
    records?.close();
  }
}

/** What such a slave needs is loaded for it alone: a pass that has nothing to do is mostly the loading of code. */
async function plainPass(
  { volume, state }: ShipContext,
  input: Omit<PassInput, 'slave' | 'transfer'> & { slave: PlainSlave },
  transferBy: (how: RsyncOptions) => ReportingTransfer,
  rsync: RsyncOptions,
): Promise<PassOutcome> {
  const { runPlainPass } = await import('./plain/pass.js');
  const transfer = await plainRsync(volume, input, transferBy, rsync);
  return runPlainPass({ ...input, transfer, remember: (paths) => state.notePending(input.slave.name, paths) });
}

async function plainRsync(
  volume: Volume,
  { slave: { name }, source: { selection } }: Pick<PassInput, 'source'> & { slave: PlainSlave },
  transferBy: (how: RsyncOptions) => Transfer,
  rsync: RsyncOptions,
): Promise<PlainRsync> {
  const { PlainRsync } = await import('./plain/rsync.js');
  return new PlainRsync(transferBy, rsync, path.join(volume.stateDir, `ship-${name}.scratch`), selection);
}

/** What copies small files without rsync, where that can be; loaded for it alone. rsync keeps to a limit, and this does not. */
async function copyingOf(rsync: RsyncOptions): Promise<CopyingTransfer | undefined> {
  const { source, target, privileged, bwlimitKiB, program } = rsync;
  const isLimited = bwlimitKiB !== undefined || program !== undefined;
  if (!privileged || isLimited || isRemote(target.destination)) return undefined;
  const { CopyingTransfer } = await import('./transfer/copying/copying.js');
  return new CopyingTransfer(new Rsync(rsync), { source, slave: target.destination });
}

/** A transfer that keeps what it replaces, with a slave that keeps what is removed, where it is to. */
async function keeping(
  slave: Slave | PlainSlave,
  transfer: Transfer,
  { keepVersionsMs }: SlaveSettings,
): Promise<Transfer | undefined> {
  if (keepVersionsMs === undefined || !canKeep(slave)) return undefined;
  await slave.keepVersions(Date.now() * 1000);
  const { KeepingTransfer } = await import('./transfer/keeping.js');
  return new KeepingTransfer(transfer, slave);
}

/** What is set for the slave and what is asked of this ship hold both. */
function wantedOf({ maxDelete = {}, keepDeletes, settleMs, maxDelayMs }: SlaveSettings, options: ShipOptions): Wanted {
  const limit = options.confirmDeletes ? undefined : strictest(maxDelete, options.maxDelete ?? {});
  return { limit, keepsDeleted: keepDeletes, patience: patienceOf(settleMs, maxDelayMs) };
}

/** The same pass, of which nothing comes: neither the slave nor what is known of it changes. */
async function rehearse(
  { volume, state, options }: ShipContext,
  rehearsal: Rehearsal,
  local: LocalSource,
  slave: Slave | PlainSlave,
  { crawl, ...parts }: Pick<PassInput, 'barrier' | 'source' | 'records' | 'links' | 'crawl' | 'formerly'>,
  result: PassResult,
): Promise<void> {
  const { stimeUs, settings, ...cursor } = state.slaves.need(slave.name);
  const { journalId, position } = crawl === 'journal' ? cursor : { journalId: null, position: 0 };
  const glance = firstGlance();
  const end = rehearsal.begin(slave.name, crawl === 'initial' ? 0 : stimeUs, glance);
  const tell = (action: Action): void => {
    glance.objects++;
    glance.path = action.path;
    rehearsal.tell(slave.name, action);
  };
  try {
    const base = { journalId, position, stimeUs };
    const pending = state.pending.of(slave.name);
    const asked = { wanted: wantedOf(settings, options), signal: options.signal };
    const input = { ...parts, crawl, base, pending, ...asked };
    const outcome = await ('plain' in slave
      ? rehearsePlain(rsyncOptions(volume, local.path, slave, settings, options), volume, { ...input, slave }, tell)
      : rehearsePass({ ...input, slave }, tell));
    Object.assign(result, outcome.work.counts, { crawl });
  } finally {
    end();
  }
}

async function rehearsePass(input: Omit<PassInput, 'transfer'>, tell: (action: Action) => void): Promise<PassOutcome> {
  const { RehearsedSlave, RehearsedTransfer } = await import('./rehearsal.js');
  return runPass({ ...input, slave: new RehearsedSlave(input.slave, tell), transfer: new RehearsedTransfer(tell) });
}

async function rehearsePlain(
  rsync: RsyncOptions,
  volume: Volume,
  input: Omit<PassInput, 'slave' | 'transfer'> & { slave: PlainSlave },
  tell: (action: Action) => void,
): Promise<PassOutcome> {
  const { rehearsePlainPass, withoutChanges } = await import('./plain/rehearsal.js');
  const transferBy = (how: RsyncOptions) => new Rsync(how);
  return rehearsePlainPass(input, await plainRsync(volume, input, transferBy, withoutChanges(rsync)), tell);
}
