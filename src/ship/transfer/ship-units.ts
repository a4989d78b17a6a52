import type { BytePath } from '../../slave/path.js';
import type { Work } from '../work.js';
import type { PutResult } from './transfer.js';
import { isDirectory, type Unit } from './units.js';

/** Bounds of one list for rsync: it holds a list in memory, and a failure makes the list be tried again in parts. */
const BATCH_PATHS = 4000;
const BATCH_BYTES = 1 << 20;

/** Runs of rsync in one pass that only isolate failing paths. Beyond them what fails together is reported together. */
const ISOLATION_RUNS = 200;

/** Units that may share a list. */
type Lane = 'compare' | 'write' | 'suspect';

class Batch {
  readonly units: Unit[] = [];
  #paths = 0;
  #bytes = 0;

  add(unit: Unit): void {
    this.units.push(unit);
    this.#paths += unit.items.length;
    for (const { path } of unit.items) this.#bytes += path.length + 3;
  }

  get isFull(): boolean {
    return this.#paths >= BATCH_PATHS || this.#bytes >= BATCH_BYTES;
  }
}

/** Ships units in batches. What fails is found, noted and left for the next pass; the rest arrives. */
export async function shipUnits(work: Work, units: AsyncIterable<Unit>): Promise<void> {
  const shipper = new Shipper(work);
  const lanes = new Map<Lane, Batch>();
  for await (const unit of units) {
    const { path } = unit.items[0]!;
    if (path === '') work.root = true;
    else {
      const lane = laneOf(unit);
      const batch = lanes.get(lane) ?? new Batch();
      lanes.set(lane, batch);
      batch.add(unit);
      if (batch.isFull) {
        lanes.delete(lane);
        await shipper.ship(batch.units);
      }
    }
  }
  for (const batch of lanes.values()) await shipper.ship(batch.units);
  if (work.root) await shipper.shipRoot();
}

/** What failed before is likely to fail again, and would take the rest of its list with it. */
function laneOf(unit: Unit): Lane {
  return unit.items.some(({ failedBefore }) => failedBefore) ? 'suspect' : unit.effort;
}

class Shipper {
  #isolationRuns = 0;

  constructor(private readonly work: Work) {}

  async ship(units: readonly Unit[]): Promise<void> {
    // The suspects' lane is mixed: to write is right for those that were to be compared too.
    const mixed = units.some(({ effort }) => effort !== units[0]!.effort);
    await this.#put(mixed ? units.map((unit) => ({ ...unit, effort: 'write' as const })) : units);
  }

  async shipRoot(): Promise<void> {
    const { work } = this;
    const result = await work.transfer.putRoot();
    if (result.verdict === 'partial') work.fail('', result.reason);
    else work.counts.shipped++;
    work.wrote('', true);
  }

  async #put(units: readonly Unit[]): Promise<void> {
    const { work } = this;
    work.source.forget();
    for (const { items } of units) for (const { path, entry } of items) work.wrote(path, isDirectory(entry));
    const result = await work.transfer.put(units);
    work.counts.bytes += result.bytes;
    if (result.verdict === 'partial') return this.#retry(units, result);
    this.#confirm(units, result);
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
    if (work.source.lstat(path)) return true;
    const node = work.overlay?.find(path);
    work.missing(node ? { path, effort: 'none', node } : { path, effort: 'none' });
    return false;
  }

  #confirm(units: readonly Unit[], { verdict }: PutResult): void {
    const arrived = verdict === 'vanished' ? this.#withoutMissing(units) : units;
    this.work.counts.shipped += countPaths(arrived);
  }
}

function countPaths(units: readonly Unit[]): number {
  return units.reduce((sum, { items }) => sum + items.length, 0);
}
