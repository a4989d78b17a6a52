import { fromBytes, toBytes } from '../../slave/path.js';
import type { PlainSlave } from '../../slave/slave.js';
import type { PendingPath } from '../../volume/pending.js';
import { reachedUs } from '../later.js';
import { interruptible, type PassInput, type PassOutcome } from '../pass.js';
import { PassError } from '../transfer/rsync.js';
import { shipUnits } from '../transfer/ship-units.js';
import type { Unit } from '../transfer/units.js';
import { Dirt } from './dirt.js';
import { foldPaths } from './fold.js';
import { findMarked } from './marked.js';
import { sweep } from './sweep.js';
import type { PlainTransfer } from './transfer.js';
import { unitsOf } from './units.js';
import { PlainWork } from './work.js';

/** What a pass for a plain slave works on. */
export interface PlainPassInput extends Omit<PassInput, 'slave' | 'transfer'> {
  readonly slave: PlainSlave;
  readonly transfer: PlainTransfer;
  /** Adds to the list of what the next pass takes up, durably; where this one is not cut, its end replaces the list. */
  readonly remember: (paths: readonly PendingPath[]) => void;
}

/**
 * One pass for a slave that only rsync can reach: nothing on it is ever looked at. Throws where it cannot be completed:
 * then nothing is promised, and the next pass begins where this one did.
 */
export async function runPlainPass(input: PlainPassInput): Promise<PassOutcome> {
  const { source, slave, transfer, links, crawl, base, barrier, records, phases, wanted } = input;
  phases?.next('moves');
  const work = new PlainWork(
    source,
    slave,
    transfer,
    links,
    crawl,
    wanted,
    base.stimeUs,
    barrier.timeUs,
    rememberer(input),
  );
  input.onCounts?.(work.counts);
  const dirt = new Dirt();
  for (const path of input.pending) dirt.pend(fromBytes(path.path), path);
  if (crawl === 'journal') await foldSpan(input, dirt);
  else if (crawl === 'walk') work.counts.considered += findMarked(dirt, source, base.stimeUs, input.formerly);
  const isEmpty = crawl === 'initial' && (await beginAnew(input, dirt));
  // Whatever is sent is marked on the disk before: if the power is cut in this pass, the next one looks there again.
  if (dirt.spots.size > 0) source.flush();
  phases?.next('transfer');
  await bring(input, work, dirt, isEmpty);
  phases?.next('flush');
  // And has not changed back, unmarked, after this one.
  if (work.counts.shipped + work.counts.deleted > 0) source.flush();
  const end = records && (await barrier.settle());
  const isKnown = end !== undefined && end.journalId === barrier.journalId;
  return {
    work,
    journalId: isKnown ? end.journalId : null,
    position: isKnown ? barrier.head : 0,
    settled: isKnown ? end.head : 0,
    stimeUs: reachedUs(work.later.values(), base.stimeUs, barrier),
  };
}

/** Paths for the next pass if this one is cut; those that wait for it already stay as they are. */
function rememberer({ pending, remember }: PlainPassInput): PlainWork['remember'] {
  const known = new Set(pending.map(({ path }) => fromBytes(path)));
  const about = { kind: 'moved', whole: false, reason: 'another name of something that changed' } as const;
  return (paths) => {
    const more = [...paths].filter((path) => !known.has(path));
    remember(more.map((path) => ({ ...about, path: toBytes(path), attempts: 0, nextTryUs: 0 })));
  };
}

async function foldSpan({ slave, base, barrier, records, wanted }: PlainPassInput, dirt: Dirt): Promise<void> {
  const noted = await slave.readSyncPoint();
  const settled = noted?.settled ?? Number.POSITIVE_INFINITY;
  foldPaths(dirt, records!.read(base.position, barrier.head), settled, wanted.keepsDeleted === true);
  // From here on names on the slave may show what comes after the base. Where there is nothing to do, none will.
  if (noted?.settled !== null && dirt.spots.size > 0) await slave.writeSyncPoint({ ...base, settled: null });
}

/**
 * Everything is to be brought. To compare is enough where the slave has only what a first pass that was cut has brought,
 * but for what changed since that began: that may be linked to wrong names there. Answers whether it has nothing yet.
 */
async function beginAnew({ slave, source, barrier }: PlainPassInput, dirt: Dirt): Promise<boolean> {
  const noted = await slave.readSyncPoint();
  const { timeUs: stimeUs, head: position, journalId } = barrier;
  if (!noted) await slave.writeSyncPoint({ stimeUs, position, journalId, settled: null });
  const isEmpty = !noted && !slave.isAdopted;
  const isResumed = noted?.settled === null && !slave.isAdopted;
  if (isResumed) findMarked(dirt, source, noted.stimeUs);
  dirt.spots.set('', { effort: isEmpty || isResumed ? 'compare' : 'write', whole: true });
  return isEmpty;
}

/** Where the slave is full, what it has too much still goes: it may be what fills it. */
async function bring(input: PlainPassInput, work: PlainWork, dirt: Dirt, isEmpty: boolean): Promise<void> {
  try {
    await shipUnits(work, units(input, work, dirt));
  } catch (error) {
    if (error instanceof PassError && !input.signal?.aborted) await sweep(work, dirt.sweeps);
    throw error;
  }
  interruptible(input);
  input.phases?.next('deletes');
  if (!isEmpty) await sweep(work, dirt.sweeps);
}

async function* units(input: PlainPassInput, work: PlainWork, dirt: Dirt): AsyncGenerator<Unit> {
  for await (const unit of unitsOf(work, dirt)) {
    interruptible(input);
    yield unit;
  }
}
