import type { KeepingSlave } from '../../slave/slave.js';
import type { PutResult, Transfer } from './transfer.js';
import { hasLinks, type Item, isDirectory, type Unit } from './units.js';

/**
 * A transfer that leaves no old version behind: rsync puts what it replaces into the slave's store, each run into a folder of
 * its own, so that no second run replaces what the first one kept. What has links on the slave is copied there before: kept by
 * a link, its other names would have one more than on the source.
 */
export class KeepingTransfer implements Transfer {
  #lastUs = 0;

  constructor(
    private readonly inner: Transfer,
    private readonly slave: KeepingSlave,
  ) {}

  get jobs(): number {
    return this.inner.jobs;
  }

  async put(units: readonly Unit[], inPlace: boolean): Promise<PutResult> {
    const linked = units.filter(({ items }) => items.some(isLinked));
    if (linked.length === 0) return this.#replace(units, inPlace);
    const rest = units.filter((unit) => !linked.includes(unit));
    const first = await this.#copy(linked);
    if (rest.length === 0) return first;
    const second = await this.#replace(rest, inPlace);
    const { verdict, reason } = first.verdict === 'done' || second.verdict === 'partial' ? second : first;
    return { verdict, reason, bytes: first.bytes + second.bytes };
  }

  putRoot(): Promise<PutResult> {
    return this.inner.putRoot();
  }

  #replace(units: readonly Unit[], inPlace: boolean): Promise<PutResult> {
    const isNew = units.every(({ items }) => items.every(({ before }) => !before || isDirectory(before)));
    return this.inner.put(units, inPlace, isNew ? undefined : `${this.slave.rsync.versions}/${this.#nowUs()}/r`);
  }

  async #copy(units: readonly Unit[]): Promise<PutResult> {
    const paths = units.flatMap(({ items }) => items.filter(isLinked).map(({ path }) => path));
    const [failure] = await this.slave.keepCopies(paths);
    if (failure) return { verdict: 'partial', reason: failure.reason, bytes: 0 };
    return this.inner.put(units, false);
  }

  /** Later than any before. */
  #nowUs(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, Date.now() * 1000);
    return this.#lastUs;
  }
}

function isLinked({ before }: Item): boolean {
  return before !== undefined && !isDirectory(before) && hasLinks(before);
}
