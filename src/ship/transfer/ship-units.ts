import type { BytePath } from '../../slave/path.js';
import { mayBeThere } from '../failures/refused.js';
import type { Shipment } from '../work.js';
import { Pool } from './pool.js';
import { BrokenRun } from './rsync.js';
import type { PutResult } from './transfer.js';
import { hasLinks, type Item, isDirectory, isFile, type Unit } from './units.js';

/** Bounds of one list for rsync: it holds a list in memory, and a failure makes the list be tried again in parts. */
const BATCH_PATHS = 4000;
const BATCH_BYTES = 1 << 20;

/** Runs of rsync in one pass that only isolate failing paths. Beyond them what fails together is reported together. */
const ISOLATION_RUNS = 200;

/** Units that may share a list. */
type Lane = 'compare' | 'write' | 'in place' | 'suspect';

class Batch {
  readonly units: Unit[] = [];
  #paths = 0;
  #bytes = 0;

  add(unit: Unit): void {
    this.units.push(unit);
    this.#paths += unit.items.length;
    for (const { path } of unit.items) this.#bytes += path.length + 3;
  }

  isFull(mostPaths = BATCH_PATHS): boolean {
    return this.#paths >= mostPaths || this.#bytes >= BATCH_BYTES;
  }
}

/**
 * Ships units in batches, several at once. What fails is found, noted and left for the next pass; the rest arrives.
 *
 * Batches may have directories in common: each rsync makes those that are missing and gives them their attributes. Where
 * they get into each other's way there, what fails is tried again when it is alone.
 */
export async function shipUnits(work: Shipment, units: AsyncIterable<Unit>): Promise<void> {
  const shipper = new Shipper(work);
  try {
    await shipAll(work, shipper, units);
  } finally {
    // Nothing writes to the slave any more when the pass goes on, or ends.
    await shipper.finish();
  }
  await shipper.retry();
  if (work.root) await shipper.shipRoot();
}

async function shipAll(work: Shipment, shipper: Shipper, units: AsyncIterable<Unit>): Promise<void> {
  const lanes = new Map<Lane, Batch>();
  for await (const unit of units) {
    const { path } = unit.items[0]!;
    if (path === '') work.root = true;
    else {
      const lane = laneOf(work, unit);
      const batch = lanes.get(lane) ?? new Batch();
      lanes.set(lane, batch);
      batch.add(unit);
      if (batch.isFull(work.transfer.mostPaths)) {
        lanes.delete(lane);
        await shipper.ship(batch.units, lane === 'in place');
      }
    }
  }
  for (const [lane, batch] of lanes) await shipper.ship(batch.units, lane === 'in place');
}

/** What failed before is likely to fail again, and would take the rest of its list with it. */
function laneOf(work: Shipment, unit: Unit): Lane {
  if (unit.items.some(({ failedBefore }) => failedBefore)) return 'suspect';
  return isInPlace(work, unit) ? 'in place' : unit.effort;
}

/**
 * Whether files are written where they are to be, not beside and then renamed: nobody takes a slave for a copy before
 * its first pass is complete, and to rename each file there costs as much again. And huge files, for which the slave may
 * lack the room, if the user wants it. Never what has links on the slave: these would be written through.
 */
function isInPlace({ isFirst, transfer }: Shipment, { items, effort }: Unit): boolean {
  if (effort !== 'write') return false;
  if (items.every(({ before }) => !before)) return isFirst || isHuge(items, transfer.hugeBytes);
  return (
    isHuge(items, transfer.hugeBytes) && items.every(({ before }) => before && isFile(before) && !hasLinks(before))
  );
}

function isHuge([first, ...links]: readonly Item[], hugeBytes = Number.POSITIVE_INFINITY): boolean {
  return first !== undefined && links.length === 0 && isFile(first.entry) && Number(first.entry.size) >= hugeBytes;
}

class Shipper {
  readonly #pool: Pool;
  readonly #failed: (readonly Unit[])[] = [];
  #isolationRuns = 0;

  constructor(private readonly work: Shipment) {
    this.#pool = new Pool(work.transfer.jobs);
  }

  /** Begins a batch when there is room for it. PassError where one before it could not go on. */
  async ship(units: readonly Unit[], inPlace: boolean): Promise<void> {
    // The suspects' lane is mixed: to write is right for those that were to be compared too.
    const mixed = units.some(({ effort }) => effort !== units[0]!.effort);
    const batch = mixed ? units.map((unit) => ({ ...unit, effort: 'write' as const })) : units;
    await this.#pool.add(async () => {
      const result = await this.#send(batch, inPlace);
      if (result.verdict === 'partial') this.#failed.push(batch);
    });
  }

  /** Waits for all that was begun. */
  async finish(): Promise<void> {
    await this.#pool.finish();
  }

  /** What failed is sent again, one list after the other: it may have failed only because it was not alone. */
  async retry(): Promise<void> {
    for (const units of this.#failed) await this.#put(units);
  }

  async shipRoot(): Promise<void> {
    const { work } = this;
    work.keepMarks();
    const result = await work.transfer.putRoot();
    if (result.verdict === 'partial') work.fail('', result.reason);
    else work.counts.shipped++;
    work.wrote('', true);
  }

  async #put(units: readonly Unit[]): Promise<void> {
    const result = await this.#send(units, false);
    if (result.verdict === 'partial') await this.#retry(units, result);
  }

  async #send(units: readonly Unit[], inPlace: boolean): Promise<PutResult> {
    const { work } = this;
    work.source.forget();
    for (const { items } of units) for (const { path, entry } of items) work.wrote(path, isDirectory(entry));
    work.keepMarks();
    const put = (): Promise<PutResult> => work.transfer.put(units, inPlace);
    // Somebody may have ended what is on the other side: once more, and what ends that too ends the pass.
    const result = await put().catch((error: unknown) => (error instanceof BrokenRun ? put() : Promise.reject(error)));
    work.counts.bytes += result.bytes;
    work.counts.wireBytes += result.wireBytes ?? 0;
    work.counts.unchanged += result.unchanged ?? 0;
    if (result.verdict !== 'partial') this.#confirm(units, result);
    return result;
  }

  /** What is not there any more is no failure; the rest is tried again, in halves, until what fails stands alone. */
  async #retry(units: readonly Unit[], result: PutResult): Promise<void> {
    const present = this.#withoutMissing(units);
    if (present.length === 0) return;
    if (countPaths(present) < countPaths(units)) await this.#put(present);
    else await this.#isolate(units, result);
  }

  async #isolate(units: readonly Unit[], { reason }: PutResult): Promise<void> {
    const { work } = this;
    if (units.length === 1 || this.#isolationRuns >= ISOLATION_RUNS) {
      for (const { items } of units) for (const { path } of items) work.fail(path, reason);
      return;
    }
    this.#isolationRuns += 2;
    const middle = units.length >> 1;
    await this.#put(units.slice(0, middle));
    await this.#put(units.slice(middle));
  }

  /** The units with the names that the source still has. */
  #withoutMissing(units: readonly Unit[]): Unit[] {
    this.work.source.forget();
    return units.flatMap((unit) => {
      const items = unit.items.filter(({ path }) => this.#isThere(path));
      // Changed through the name that is gone, perhaps, after it was sent.
      if (items.length < unit.items.length) for (const { path } of items) this.work.moved(path, false);
      return items.length > 0 ? [{ ...unit, items }] : [];
    });
  }

  #isThere(path: BytePath): boolean {
    const { work } = this;
    if (mayBeThere(work.source, path)) return true;
    work.vanished(path);
    return false;
  }

  #confirm(units: readonly Unit[], { verdict }: PutResult): void {
    const arrived = verdict === 'vanished' ? this.#withoutMissing(units) : units;
    this.work.counts.shipped += countPaths(arrived);
    for (const { items } of arrived) this.work.arrive(items);
  }
}

function countPaths(units: readonly Unit[]): number {
  return units.reduce((sum, { items }) => sum + items.length, 0);
}
