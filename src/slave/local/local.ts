import fs from 'node:fs';
import path from 'node:path';
import { check, native, O_CLOEXEC, O_DIRECTORY, O_RDONLY, SystemError } from '../../syscalls/index.js';
import { replaceFile } from '../../volume/atomic.js';
import { errorCause, errorCode } from '../../volume/errors.js';
import { SLAVE_STATE } from '../identity.js';
import { formatManifest, type Manifest, type Move, parseManifest } from '../manifest.js';
import { type BytePath, fromBytes, isState, readable } from '../path.js';
import type { DirectoryTime, Entry, Failure, MoveResult, ObjectId, Slave, SyncPoint } from '../slave.js';
import { Tree } from '../tree.js';
import { findNames, linkedBelow } from './links.js';
import { putBack, takeAway } from './moves.js';
import { removeAll } from './remove.js';
import { setTime } from './times.js';

/** The folder, below the slave's state folder, where objects are between the two halves of a move. */
const MOVING = 'moving';
const TEMPORARY = 'tmp';
const MANIFEST = 'moves.json';
const SYNC_POINT = 'state.json';

/** A slave that is a directory of this machine. */
export class LocalSlave implements Slave {
  readonly temporary: string;
  readonly #state: string;
  readonly #tree: Tree;
  readonly #moving: number;

  /** `destination`: its real path, with a state folder in it. */
  constructor(
    readonly name: string,
    readonly destination: string,
  ) {
    this.#state = path.join(destination, SLAVE_STATE);
    this.temporary = path.join(this.#state, TEMPORARY);
    // A killed rsync leaves its temporary files, and a list-driven one never sweeps them.
    fs.rmSync(this.temporary, { recursive: true, force: true });
    fs.mkdirSync(this.temporary, { mode: 0o700 });
    fs.mkdirSync(path.join(this.#state, MOVING), { mode: 0o700, recursive: true });
    this.#tree = Tree.open(destination);
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
    return paths.map((path) => this.#tree.lstat(path));
  }

  async list(path: BytePath): Promise<Set<BytePath> | undefined> {
    const entries = this.#tree.list(path);
    return entries && new Set(entries.map(({ name }) => fromBytes(name)));
  }

  async remove(path: BytePath): Promise<Failure | undefined> {
    if (path === '' || isState(path)) throw new Error(`Would remove "${readable(path)}" of the slave`);
    return this.#attempt(path, () => removeAll(this.#tree, path));
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
    return (await this.#attemptMove(move.to, () => putBack(this.#tree, this.#moving, id, move.to))) ?? 'missing';
  }

  async dropAway(): Promise<void> {
    for (const id of (await this.list(`${SLAVE_STATE}/${MOVING}`)) ?? []) {
      const failure = await this.#attempt(id, () => removeAll(this.#tree, `${SLAVE_STATE}/${MOVING}/${id}`));
      if (failure) throw new Error(`Cannot remove "${path.join(this.#state, MOVING, id)}": ${failure.reason}`);
    }
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
    check(native.syncfs(this.#tree.directory('')!), 'syncfs', this.destination);
  }

  async readSyncPoint(): Promise<SyncPoint | undefined> {
    const text = this.#readState(SYNC_POINT);
    return text === undefined ? undefined : (JSON.parse(text) as SyncPoint);
  }

  async writeSyncPoint(point: SyncPoint): Promise<void> {
    replaceFile(path.join(this.#state, SYNC_POINT), `${JSON.stringify({ format: 1, ...point }, undefined, 2)}\n`);
  }

  close(): void {
    native.close(this.#moving);
    this.#tree.close();
  }

  #readState(file: string): string | undefined {
    try {
      return fs.readFileSync(path.join(this.#state, file), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #attemptMove(path: BytePath, half: () => boolean): Promise<MoveResult | undefined> {
    let done = false;
    const failure = await this.#attempt(path, () => {
      done = half();
    });
    return failure ?? (done ? 'done' : undefined);
  }

  /** What the system refuses for one path is that path's failure, not the pass's. */
  async #attempt(path: BytePath, work: () => void): Promise<Failure | undefined> {
    try {
      work();
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { path, reason: `${error.syscall}: ${errorCause(error)}` };
    } finally {
      this.#tree.forget();
    }
  }
}
