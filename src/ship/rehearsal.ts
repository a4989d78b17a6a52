import type { Xtime } from '../marker/mark.js';
import { awayAt, type Manifest, type Move } from '../slave/manifest.js';
import { type BytePath, isAtOrBelow, join, nameOf, parentOf } from '../slave/path.js';
import type { Entry, Failure, MoveResult, ObjectId, Slave, SyncPoint } from '../slave/slave.js';
import { UserError } from '../volume/errors.js';
import type { Glance } from './glance.js';
import type { PutResult, Transfer } from './transfer/transfer.js';
import { contentOf, type Unit } from './transfer/units.js';

/** What a pass would do to a slave. */
export type Action =
  | { readonly action: 'ship' | 'delete'; readonly path: BytePath }
  | { readonly action: 'rename'; readonly path: BytePath; readonly path2: BytePath };

/** Is told what passes would do. */
export interface Rehearsal {
  /** One begins, for a slave that has all up to `sinceUs` (0: nothing yet). Answers what to call at its end. */
  begin(slave: string, sinceUs: Xtime, glance: Readonly<Glance>): () => void;
  tell(slave: string, action: Action): void;
}

type Step = { readonly from: BytePath; readonly to: BytePath | undefined };

/**
 * A slave to which nothing happens: what a pass does to it is told, and it answers as if it had been done, so that the
 * pass goes on as it would.
 */
export class RehearsedSlave implements Slave {
  /** Renames, and removals: without a `to`. */
  readonly #steps: Step[] = [];
  readonly name: string;
  readonly rsync: Slave['rsync'];

  constructor(
    private readonly slave: Slave,
    private readonly tell: (action: Action) => void,
  ) {
    this.name = slave.name;
    this.rsync = slave.rsync;
  }

  async stat(paths: readonly BytePath[]): Promise<(Entry | undefined)[]> {
    const places = paths.map((path) => this.#placeOf(path));
    const there = places.filter((place) => place !== undefined);
    const entries = (await this.slave.stat(there)).values();
    return places.map((place) => (place === undefined ? undefined : entries.next().value));
  }

  async list(path: BytePath): Promise<Set<BytePath> | undefined> {
    const place = this.#placeOf(path);
    const names = place === undefined ? undefined : await this.slave.list(place);
    if (!names || place === undefined) return undefined;
    const kept = [...names].filter((name) => this.#placeOf(join(path, name)) === join(place, name));
    const came = this.#steps.flatMap(({ to }) => (to !== undefined && parentOf(to) === path ? [to] : []));
    return new Set([...kept, ...came.filter((to) => this.#placeOf(to) !== undefined).map(nameOf)]);
  }

  async remove(path: BytePath): Promise<Failure | undefined> {
    this.tell({ action: 'delete', path });
    this.#steps.push({ from: path, to: undefined });
    return undefined;
  }

  async takeAway(id: number, { from }: Move): Promise<MoveResult> {
    return this.#rename(from, awayAt(id));
  }

  async putBack(id: number, { from, to }: Move): Promise<MoveResult> {
    const result = await this.#rename(awayAt(id), to);
    if (result === 'done' && from !== to) this.tell({ action: 'rename', path: from, path2: to });
    return result;
  }

  async linkedBelow(path: BytePath): Promise<Map<ObjectId, { here: number; all: number }>> {
    const place = this.#placeOf(path);
    return place === undefined ? new Map() : this.slave.linkedBelow(place);
  }

  async findNames(objects: ReadonlySet<ObjectId>): Promise<BytePath[]> {
    const places = await this.slave.findNames(objects);
    return places.map((place) => this.#nameAt(place)).filter((path) => path !== undefined);
  }

  /** UserError where the pass before was cut in the middle of its renames: what the slave has is known only after the next. */
  async readManifest(): Promise<Manifest | undefined> {
    const manifest = await this.slave.readManifest();
    if (manifest === undefined || manifest.stage === 'done') return manifest;
    throw new UserError(
      `Cannot tell what a pass would do for slave "${this.name}": the last one was cut in the middle of renames; ship once`,
    );
  }

  readSyncPoint(): Promise<SyncPoint | undefined> {
    return this.slave.readSyncPoint();
  }

  async writeManifest(): Promise<void> {}
  async dropAway(): Promise<void> {}
  async flush(): Promise<void> {}
  async writeSyncPoint(): Promise<void> {}

  async setTimes(): Promise<Failure[]> {
    return [];
  }

  close(): void {
    this.slave.close();
  }

  async #rename(from: BytePath, to: BytePath): Promise<MoveResult> {
    const [entry] = await this.stat([from]);
    if (!entry) return 'missing';
    this.#steps.push({ from, to });
    return 'done';
  }

  /** Where on the slave is now what would be at this path; undefined where nothing would be. */
  #placeOf(path: BytePath): BytePath | undefined {
    let place = path;
    for (const { from, to } of this.#steps.toReversed()) {
      if (to !== undefined && isAtOrBelow(place, to)) place = from + place.slice(to.length);
      else if (isAtOrBelow(place, from)) return undefined;
    }
    return place;
  }

  /** The inverse. */
  #nameAt(place: BytePath): BytePath | undefined {
    let path = place;
    for (const { from, to } of this.#steps) {
      if (isAtOrBelow(path, from)) {
        if (to === undefined) return undefined;
        path = to + path.slice(from.length);
      } else if (to !== undefined && isAtOrBelow(path, to)) return undefined;
    }
    return path;
  }
}

/** Sends nothing, and tells what would be sent. Bytes are at most so many: rsync sends what differs. */
export class RehearsedTransfer implements Transfer {
  readonly jobs = 1;

  constructor(private readonly tell: (action: Action) => void) {}

  async put(units: readonly Unit[]): Promise<PutResult> {
    for (const { items } of units) for (const { path } of items) this.tell({ action: 'ship', path });
    return { verdict: 'done', reason: '', bytes: contentOf(units) };
  }

  async putRoot(): Promise<PutResult> {
    this.tell({ action: 'ship', path: '' });
    return { verdict: 'done', reason: '', bytes: 0 };
  }
}
