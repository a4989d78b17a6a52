import type { PlainTransfer, SweepResult } from '../../../src/ship/plain/transfer.js';
import { IN_ITS_PLACE } from '../../../src/ship/selection/in-its-place.js';
import { EVERYTHING } from '../../../src/ship/selection/selection.js';
import type { PutResult } from '../../../src/ship/transfer/transfer.js';
import type { Unit } from '../../../src/ship/transfer/units.js';
import { type BytePath, join, namesOf, parentOf } from '../../../src/slave/path.js';
import type { PlainSlave, SyncPoint } from '../../../src/slave/slave.js';
import { S_IFLNK } from '../../../src/syscalls/index.js';
import { ModelCopy } from './copy.js';

/** A slave in memory of which nothing can be asked, and what rsync can do there by itself. */
export class ModelPlain extends ModelCopy implements PlainSlave, PlainTransfer {
  readonly plain = true;
  isAdopted = false;
  selection = EVERYTHING;
  #forced: readonly BytePath[] = [];
  syncPoint: SyncPoint | undefined;

  keeps(): boolean {
    return true;
  }

  async readSyncPoint(): Promise<SyncPoint | undefined> {
    this.step();
    return this.syncPoint;
  }

  async writeSyncPoint(point: SyncPoint): Promise<void> {
    this.step();
    this.syncPoint = point;
  }

  override async put(units: readonly Unit[]): Promise<PutResult> {
    const items = units.flatMap(({ items }) => items);
    if (items.some(({ path }) => this.source.find(path)?.what !== 'directory' && this.#keeps(path)))
      return { verdict: 'partial', reason: IN_ITS_PLACE, bytes: 0 };
    this.#forced = items.map(({ path }) => path).filter((path) => this.source.find(path)?.what !== 'directory');
    for (const { path, entry, effort } of items) {
      if (entry.kind !== S_IFLNK || effort !== 'write') continue;
      this.step();
      if (this.failing.has(path)) return { verdict: 'partial', reason: 'refused', bytes: 0 };
      this.makeDirectory(parentOf(path));
      this.drop(path);
      this.tree.attach(path, this.tree.make('file'));
    }
    return super.put(units);
  }

  /** With --force; where something is excluded, only for what is no directory from the beginning. */
  protected override isBlocked(path: BytePath): boolean {
    return !this.selection.isEverything && !this.#forced.includes(path) && super.isBlocked(path);
  }

  async sweep(directories: readonly BytePath[], hidden: readonly BytePath[], stays: boolean): Promise<SweepResult> {
    let verdict: PutResult['verdict'] = 'done';
    let deleted = 0;
    for (const directory of directories) {
      const extra = stays ? [] : await this.extras([directory], hidden);
      for (const path of extra) {
        if (this.failing.has(path)) verdict = 'partial';
        else {
          this.drop(path);
          deleted++;
        }
      }
      this.#copyTimes(directory);
      for (const name of this.source.find(directory)?.children.keys() ?? []) this.#copyTimes(join(directory, name));
    }
    return { verdict, reason: 'refused', bytes: 0, deleted };
  }

  async extras(directories: readonly BytePath[], hidden: readonly BytePath[]): Promise<BytePath[]> {
    return directories.flatMap((directory) => {
      this.step();
      const there = this.tree.find(directory);
      const original = this.source.find(directory);
      if (original?.what !== 'directory' || there?.what !== 'directory') return [];
      const isExtra = (name: string): boolean => !original.children.has(name) || hidden.includes(join(directory, name));
      const all = [...there.children.keys()].filter(isExtra).map((name) => join(directory, name));
      return all.flatMap((path) => this.#removable(path));
    });
  }

  /** What goes where a path is removed around what is excluded. */
  #removable(path: BytePath): BytePath[] {
    if (!this.#keeps(path)) return [path];
    const inode = this.tree.find(path)!;
    if (this.selection.excludes(path, inode.what === 'directory')) return [];
    return [...inode.children.keys()].flatMap((name) => this.#removable(join(path, name)));
  }

  #keeps(path: BytePath): boolean {
    const inode = this.tree.find(path);
    const below = inode ? [...this.tree.walk(path, inode)] : [];
    return below.some(([at, { what }]) => this.selection.excludes(at, what === 'directory'));
  }

  /** Of a directory, and of those above it. */
  #copyTimes(path: BytePath): void {
    const names = namesOf(path);
    for (let depth = 0; depth <= names.length; depth++) {
      const at = names.slice(0, depth).join('/');
      const [from, to] = [this.source.find(at), this.tree.find(at)];
      if (from?.what === 'directory' && to?.what === 'directory') to.mtimeNsec = from.mtimeNsec;
    }
  }
}
