import fs from 'node:fs';
import path from 'node:path';
import { check, native, O_CLOEXEC, O_DIRECTORY, O_RDONLY, SystemError } from '../../syscalls/index.js';
import { replaceFile } from '../../volume/atomic.js';
import { errorCause, errorCode } from '../../volume/errors.js';
import { isRoot } from '../../volume/user.js';
import type { Describer } from '../digest/describer.js';
import type { Row, Terms } from '../digest/row.js';
import { SLAVE_STATE } from '../identity.js';
import { formatManifest, type Manifest, MOVING, type Move, parseManifest } from '../manifest.js';
import { type BytePath, fromBytes, isState, readable } from '../path.js';
import {
  type DescribedSlave,
  type DirectoryTime,
  type Entry,
  type Failure,
  type KeepingSlave,
  type MoveResult,
  type ObjectId,
  type RsyncTarget,
  type SyncPoint,
  VersionFailure,
} from '../slave.js';
import { Tree } from '../tree.js';
import { findNames, linkedBelow } from './links.js';
import { inTheWay, isAway, putBack, takeAway } from './moves.js';
import { removeAll } from './remove.js';
import { setTime } from './times.js';
import { STORE } from './versions/layout.js';
import type { VersionStore } from './versions/store.js';

const TEMPORARY = 'tmp';
const MANIFEST = 'moves.json';
const SYNC_POINT = 'state.json';

/** A slave that is a directory of this machine. */
export class LocalSlave implements DescribedSlave, KeepingSlave {
  readonly rsync: RsyncTarget;
  readonly privileged = isRoot();
  readonly #state: string;
  readonly #tree: Tree;
  readonly #moving: number;
  /** Where old versions go; undefined where none are kept. */
  #store: VersionStore | undefined;

  /** `directory`: its real path, with a state folder in it. */
  constructor(
    readonly name: string,
    private readonly directory: string,
  ) {
    this.#state = path.join(directory, SLAVE_STATE);
    const temporary = path.join(this.#state, TEMPORARY);
    const versions = path.join(directory, STORE);
    this.rsync = { destination: directory, temporary, versions, args: [], env: {} };
    // A killed rsync leaves its temporary files, and a list-driven one never sweeps them.
    fs.rmSync(temporary, { recursive: true, force: true });
    fs.mkdirSync(temporary, { mode: 0o700 });
    fs.mkdirSync(path.join(this.#state, MOVING), { mode: 0o700, recursive: true });
    this.#tree = Tree.open(directory);
    this.#moving = check(
      native.openat(
        this.#tree.directory('')!,
        Buffer.from(`${SLAVE_STATE}/${MOVING}\0`),
        O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        0,
      ),
      'open',
      MOVING,
    );
  }

  async stat(paths: readonly BytePath[]): Promise<(Entry | undefined)[]> {
    this.#tree.forget();
    return paths.map((path) => this.#tree.entry(path));
  }

  async list(path: BytePath): Promise<Set<BytePath> | undefined> {
    const entries = this.#tree.list(path);
    return entries && new Set(entries.map(({ name }) => fromBytes(name)));
  }

  async remove(path: BytePath): Promise<Failure | undefined> {
    if (path === '' || isState(path)) throw new Error(`Would remove "${readable(path)}" of the slave`);
    const store = this.#store;
    return this.#attempt(path, () => (store ? store.take(path) : removeAll(this.#tree, path)));
  }

  async linkedBelow(path: BytePath): Promise<Map<ObjectId, { here: number; all: number }>> {
    return linkedBelow(this.#tree, path);
  }

  async findNames(objects: ReadonlySet<ObjectId>): Promise<BytePath[]> {
    return findNames(this.#tree, objects);
  }

  async readManifest(): Promise<Manifest | undefined> {
    const text = this.#readState(MANIFEST);
    return text === undefined ? undefined : parseManifest(text);
  }

  async writeManifest(manifest: Manifest | undefined): Promise<void> {
    await this.flush();
    const file = path.join(this.#state, MANIFEST);
    if (manifest) replaceFile(file, formatManifest(manifest));
    else fs.rmSync(file, { force: true });
  }

  async takeAway(id: number, move: Move): Promise<MoveResult> {
    return (await this.#attemptMove(move.from, () => takeAway(this.#tree, this.#moving, id, move.from))) ?? 'missing';
  }

  async putBack(id: number, move: Move): Promise<MoveResult> {
    return (await this.#attemptMove(move.to, () => this.#putBack(id, move.to))) ?? 'missing';
  }

  async dropAway(): Promise<void> {
    for (const id of (await this.list(`${SLAVE_STATE}/${MOVING}`)) ?? []) {
      const failure = await this.#attempt(id, () => removeAll(this.#tree, `${SLAVE_STATE}/${MOVING}/${id}`));
      if (failure) throw new Error(`Cannot remove "${path.join(this.#state, MOVING, id)}": ${failure.reason}`);
    }
  }

  async keepVersions(untilUs: number): Promise<void> {
    const { VersionStore } = await import('./versions/store.js');
    this.#store?.close();
    this.#store = new VersionStore(this.#tree, untilUs);
  }

  async keepCopies(paths: readonly BytePath[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    for (const path of paths) {
      const failure = await this.#attempt(path, () => this.#store?.copy(path));
      if (failure) failures.push(failure);
    }
    return failures;
  }

  async thinVersions(keepUs: number, nowUs: number): Promise<void> {
    const { thin } = await import('./versions/thin.js');
    thin(this.#tree, this.directory, keepUs, nowUs);
  }

  async digest(directories: readonly BytePath[], terms: Terms): Promise<(string | undefined)[]> {
    return this.#described(terms, async (describer) => {
      const digests: (string | undefined)[] = [];
      for (const directory of directories) digests.push(await describer.digest(directory));
      return digests;
    });
  }

  async describe(directory: BytePath, terms: Terms): Promise<readonly Row[]> {
    return this.#described(terms, async (describer) => {
      const rows: Row[] = [];
      for await (const row of describer.rows(directory)) rows.push(row);
      return rows;
    });
  }

  async setTimes(times: readonly DirectoryTime[]): Promise<Failure[]> {
    this.#tree.forget();
    const failures: Failure[] = [];
    for (const time of times) {
      const failure = await this.#attempt(time.path, () => setTime(this.#tree, time));
      if (failure) failures.push(failure);
    }
    return failures;
  }

  async flush(): Promise<void> {
    check(native.syncfs(this.#tree.directory('')!), 'syncfs', this.directory);
  }

  async readSyncPoint(): Promise<SyncPoint | undefined> {
    const text = this.#readState(SYNC_POINT);
    return text === undefined ? undefined : (JSON.parse(text) as SyncPoint);
  }

  async writeSyncPoint(point: SyncPoint): Promise<void> {
    replaceFile(path.join(this.#state, SYNC_POINT), `${JSON.stringify({ format: 1, ...point }, undefined, 2)}\n`);
  }

  close(): void {
    this.#store?.close();
    native.close(this.#moving);
    this.#tree.close();
  }

  async #described<T>(terms: Terms, work: (describer: Describer) => Promise<T>): Promise<T> {
    const { Describer } = await import('../digest/describer.js');
    const describer = new Describer(this.rsync.destination, terms);
    try {
      return await work(describer);
    } finally {
      describer.close();
    }
  }

  #readState(file: string): string | undefined {
    try {
      return fs.readFileSync(path.join(this.#state, file), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** What stands in the new place is kept before. */
  async #putBack(id: number, to: BytePath): Promise<boolean> {
    if (this.#store && isAway(this.#moving, id)) {
      for (const path of inTheWay(this.#tree, to)) await this.#store.take(path);
      this.#tree.forget();
    }
    return putBack(this.#tree, this.#moving, id, to);
  }

  async #attemptMove(path: BytePath, half: () => boolean | Promise<boolean>): Promise<MoveResult | undefined> {
    let done = false;
    const failure = await this.#attempt(path, async () => {
      done = await half();
    });
    return failure ?? (done ? 'done' : undefined);
  }

  /** What the system refuses for one path is that path's failure, not the pass's. */
  async #attempt(path: BytePath, work: () => unknown): Promise<Failure | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof VersionFailure) return { path, reason: error.message };
      if (!(error instanceof SystemError)) throw error;
      return { path, reason: `${error.syscall}: ${errorCause(error)}` };
    } finally {
      this.#tree.forget();
    }
  }
}
