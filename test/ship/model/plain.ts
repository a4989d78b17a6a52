import type { PlainTransfer, SweepResult } from '../../../src/ship/plain/transfer.js';
import { EVERYTHING, IN_ITS_PLACE } from '../../../src/ship/selection/selection.js';
import type { PutResult } from '../../../src/ship/transfer/transfer.js';
import type { Item, Unit } from '../../../src/ship/transfer/units.js';
import { ancestorsOf, type BytePath, join, parentOf } from '../../../src/slave/path.js';
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
    if (items.some(({ path }) => this.#isTaken(path))) return { verdict: 'partial', reason: IN_ITS_PLACE, bytes: 0 };
    this.#forced = items.map(({ path }) => path).filter((path) => this.source.find(path)?.what !== 'directory');
    const effort = this.selection.isEverything ? units[0]!.effort : 'write';
    const sent = effort === units[0]!.effort ? units : units.filter((unit) => this.#isChanged(unit));
    for (const { path, entry } of sent.flatMap((unit) => unit.items)) {
      if (entry.kind !== S_IFLNK || effort !== 'write') continue;
      this.step();
      const isHeld = this.#isGentle(path) && this.tree.find(path)?.children.size;
      if (this.failing.has(path) || isHeld) return { verdict: 'partial', reason: 'refused', bytes: 0 };
      this.makeDirectory(parentOf(path));
      this.drop(path);
      this.tree.attach(path, this.tree.make('file'));
    }
    return sent.length === 0
      ? { verdict: 'done', reason: '', bytes: 0 }
      : super.put(sent.map((unit) => ({ ...unit, effort })));
  }

  /** Whether rsync -c would change anything. */
  #isChanged({ items }: Unit): boolean {
    const here = new Set(items.map(({ path }) => this.tree.find(path)));
    const there = new Set(items.map(({ path }) => this.source.find(path)));
    const isLike = ({ path }: Item): boolean => {
      const [one, other] = [this.source.find(path), this.tree.find(path)];
      return (['what', 'content', 'mode', 'mtimeNsec'] as const).every((field) => one?.[field] === other?.[field]);
    };
    return here.size !== there.size || !items.every(isLike);
  }

  /** Where something is excluded, --force is only for what is no directory from the beginning. */
  #isGentle(path: BytePath): boolean {
    return !this.selection.isEverything && !this.#forced.includes(path);
  }

  protected override isBlocked(path: BytePath): boolean {
    return this.#isGentle(path) && super.isBlocked(path);
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

  /** Whether something excluded stands at a path, in it where it is to be no directory, or where one above it is to be. */
  #isTaken(path: BytePath): boolean {
    const steps = [...ancestorsOf(path), path];
    const isKept = (at: BytePath, inode = this.tree.find(at)): boolean =>
      inode !== undefined && this.selection.excludes(at, inode.what === 'directory');
    return steps.some((at) => isKept(at)) || (this.source.find(path)?.what !== 'directory' && this.#keeps(path));
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
    for (const at of [...ancestorsOf(path), path]) {
      const [from, to] = [this.source.find(at), this.tree.find(at)];
      if (from?.what === 'directory' && to?.what === 'directory') to.mtimeNsec = from.mtimeNsec;
    }
  }
}
