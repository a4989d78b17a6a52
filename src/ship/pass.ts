import type { JournalRecord } from '../journal/record.js';
import type { Xtime } from '../marker/mark.js';
import { type Base, type Manifest, sameBase } from '../slave/manifest.js';
import { fromBytes } from '../slave/path.js';
import type { ObjectId, Slave } from '../slave/slave.js';
import type { PendingPath } from '../volume/pending.js';
import type { Barrier } from './barrier.js';
import { copyAll, resume, type Waiting } from './crawl/first.js';
import { journalCandidates } from './crawl/journal.js';
import { walkCandidates } from './crawl/walk.js';
import { FirstCopy, type FirstCopyPlan } from './first-copy/first-copy.js';
import { fold, type Replayed } from './fold/fold.js';
import type { Overlay } from './fold/overlay.js';
import { noteRenamed, reachedUs, settleDoubtful } from './later.js';
import { unitsOf } from './links/links.js';
import { replayMoves } from './moves/moves.js';
import { recoverMoves } from './moves/recover.js';
import type { Phases } from './phases.js';
import type { Selection } from './selection/selection.js';
import { SelectedSlave } from './selection/slave.js';
import { applyDeletes, setDirectoryTimes } from './settle.js';
import type { Source } from './source.js';
import { PassError } from './transfer/rsync.js';
import { shipUnits } from './transfer/ship-units.js';
import type { Transfer } from './transfer/transfer.js';
import { type Candidate, type Counts, type Crawl, type LinkIndex, type Shipped, type Wanted, Work } from './work.js';

/** The records that a pass reads. */
export interface Records {
  read(after: number, upTo: number): Iterable<JournalRecord>;
  renames(after: number, upTo: number): Iterable<JournalRecord>;
}

export interface PassInput {
  readonly source: Source;
  readonly slave: Slave;
  readonly transfer: Transfer;
  readonly links: LinkIndex;
  /** What the slave is known to have. */
  readonly base: Base;
  readonly pending: readonly PendingPath[];
  readonly crawl: Crawl;
  readonly barrier: Pick<Barrier, 'timeUs' | 'head' | 'journalId' | 'settle' | 'before'>;
  /** Undefined where there is no journal that can be read. */
  readonly records: Records | undefined;
  readonly wanted: Wanted;
  /** See {@link Work.formerly}; the pass does not follow the journal then. */
  readonly formerly?: Selection | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is given what the pass counts, and goes on counting. */
  readonly onCounts?: ((counts: Readonly<Counts>) => void) | undefined;
  /** What a first copy that was cut has left, and where this one leaves it. */
  readonly firstCopy?: FirstCopyPlan | undefined;
  /** Takes the time of what the pass does. */
  readonly phases?: Phases | undefined;
}

/** What a pass reached: all of it is on the slave, durably. */
export interface PassOutcome {
  readonly work: Shipped;
  /** The journal to go on from; null where the next pass has to walk. */
  readonly journalId: string | null;
  readonly position: number;
  readonly stimeUs: Xtime;
  /** The journal's head at the pass's end. */
  readonly settled: number;
}

/**
 * One pass for one slave. Throws where it cannot be completed: then nothing is promised, and the next pass begins where
 * this one did.
 */
export async function runPass(input: PassInput): Promise<PassOutcome> {
  const { slave, barrier, base, phases } = input;
  phases?.next('moves');
  const work = await prepare(input);
  input.onCounts?.(work.counts);
  if (work.overlay) await replayMoves(work, work.overlay);
  phases?.next('transfer');
  await transfer(input, work);
  phases?.next('deletes');
  interruptible(input);
  await resolveDoubts(input, work);
  await applyDeletes(work);
  await setDirectoryTimes(work);
  phases?.next('flush');
  await slave.flush();
  // And has not changed back, unmarked, after this one.
  const { shipped, renamed, deleted } = work.counts;
  if (shipped + renamed + deleted > 0) input.source.flush();
  const journal = await settle(input, work);
  return { work, ...journal, stimeUs: reachedUs(work.later.values(), base.stimeUs, barrier) };
}

async function prepare({
  source,
  slave,
  transfer,
  links,
  base,
  pending,
  crawl,
  barrier,
  records,
  firstCopy,
  formerly,
  wanted,
}: PassInput): Promise<Work> {
  const selected = new SelectedSlave(slave, source.selection);
  const manifest = await recoverMoves(selected, formerly !== undefined);
  const cut = manifest && isOfCut(manifest, crawl, base) ? manifest : undefined;
  const overlay =
    crawl === 'journal' ? await foldSpan(source, slave, base, records!, barrier.head, pending, cut) : undefined;
  const first =
    crawl === 'initial' && firstCopy ? new FirstCopy(firstCopy, firstCopy.noted?.sinceUs ?? barrier.timeUs) : undefined;
  // One that goes on walks what it has, and must not touch that otherwise than a walk does.
  const way = first && firstCopy?.noted ? 'walk' : crawl;
  const parts = [source, selected, transfer, links, way, base, barrier.timeUs, barrier.head] as const;
  const work = new Work(...parts, wanted, overlay, first, formerly);
  for (const id of cut?.stale ?? []) work.stale.add(id as ObjectId);
  for (const path of cut?.lost ?? []) if (!overlay) work.lost.add(path);
  for (const id of overlay?.strays ?? []) work.strays.add(id);
  return work;
}

/**
 * Whether a manifest is of a pass that was cut. A walk has lost the position, and what it looks at needlessly does no harm.
 */
function isOfCut(manifest: Manifest, crawl: Crawl, base: Base): boolean {
  return crawl === 'journal' ? sameBase(manifest.base, base) : manifest.base.stimeUs === base.stimeUs;
}

/**
 * What the records make of the slave. Where that is anything, their marks are put on the disk before the slave is
 * changed: if the power is cut in this pass, the next one looks there again. A walk does so itself ({@link
 * Work.keepMarks}), and an initial crawl is not in need of marks: the next one looks at everything.
 */
async function foldSpan(
  source: Source,
  slave: Slave,
  base: Base,
  records: Records,
  head: number,
  pending: readonly PendingPath[],
  replayed: Replayed | undefined,
): Promise<Overlay> {
  const noted = await slave.readSyncPoint();
  const settled = noted?.settled ?? Number.POSITIVE_INFINITY;
  const overlay = fold(records.read(base.position, head), { pending, replayed, settled });
  if (overlay.isEmpty) return overlay;
  source.flush();
  // From here on names on the slave may show what comes after the base.
  if (noted?.settled !== null) await slave.writeSyncPoint({ ...base, settled: null });
  return overlay;
}

/** Ships what is dirty. Where the slave is full, what it has too much still goes: it may be what fills it. */
async function transfer(input: PassInput, work: Work): Promise<void> {
  try {
    await shipUnits(work, unitsOf(work, candidates(input, work)));
  } catch (error) {
    if (error instanceof PassError && !input.signal?.aborted) await applyDeletes(work);
    throw error;
  }
}

async function* candidates(input: PassInput, work: Work): AsyncGenerator<Candidate> {
  for await (const candidate of crawl(input, work)) {
    interruptible(input);
    await work.first?.give(work, candidate);
    yield candidate;
  }
}

function crawl({ base, pending, firstCopy }: PassInput, work: Work): AsyncIterable<Candidate> {
  if (work.overlay) return journalCandidates(work, work.overlay);
  if (work.crawl === 'initial') return copyAll(work, '');
  const lost = [...work.lost].map((path): Waiting => ({ path, effort: 'compare', whole: true }));
  const all: Waiting[] = work.formerly ? [{ path: '', effort: 'none', whole: true }] : [];
  const more = [...lost, ...pending.map(waiting), ...all];
  return work.first && firstCopy?.noted
    ? resume(work, firstCopy.noted, more)
    : walkCandidates(work, base.stimeUs, more);
}

function waiting({ path, kind, whole }: PendingPath): Waiting {
  const isLook = kind === 'look';
  return { path: fromBytes(path), effort: isLook ? 'none' : 'compare', whole: whole || isLook };
}

async function resolveDoubts({ barrier, records }: PassInput, work: Work): Promise<void> {
  const end = work.doubtful.size > 0 ? await barrier.settle() : undefined;
  if (end && records && end.journalId === barrier.journalId)
    settleDoubtful(work, records.renames(barrier.head, end.head));
}

/** Where the next pass goes on, once what was renamed meanwhile is noted. */
async function settle(
  { barrier, records }: PassInput,
  work: Work,
): Promise<{ journalId: string | null; position: number; settled: number }> {
  const end = await barrier.settle();
  if (!records || !end || end.journalId === null || end.journalId !== barrier.journalId)
    return { journalId: null, position: 0, settled: 0 };
  noteRenamed(work, records.renames(barrier.head, end.head));
  return { journalId: barrier.journalId, position: barrier.head, settled: end.head };
}

export function interruptible({ signal }: Pick<PassInput, 'signal'>): void {
  if (signal?.aborted) throw new PassError('Cannot finish the pass: it was interrupted');
}
