import type { Manifest, Move } from '../../slave/manifest.js';
import { ancestorsOf, type BytePath, isState, join } from '../../slave/path.js';
import type {
  DirectoryTime,
  Entry,
  Failure,
  MoveResult,
  ObjectId,
  RsyncTarget,
  Slave,
  SyncPoint,
} from '../../slave/slave.js';
import { isDirectory } from '../transfer/units.js';
import type { Selection } from './selection.js';

/**
 * A slave on which what is left out stays as it is: it is in no list, and what is removed around it leaves it and the
 * directories that it is in.
 */
export class SelectedSlave implements Slave {
  readonly name: string;
  readonly rsync: RsyncTarget;

  constructor(
    private readonly all: Slave,
    private readonly selection: Selection,
  ) {
    this.name = all.name;
    this.rsync = all.rsync;
  }

  /** What is left out too: it may stand in the way. */
  stat(paths: readonly BytePath[]): Promise<(Entry | undefined)[]> {
    return this.all.stat(paths);
  }

  async list(path: BytePath): Promise<Set<BytePath> | undefined> {
    const names = await this.all.list(path);
    if (!names || this.selection.isEverything) return names;
    const inside = [...names].map((name) => join(path, name));
    const kept = await this.#areKept(inside);
    return new Set([...names].filter((_, at) => !kept[at]));
  }

  /** With what is left out in it, it stays with that, and the answer is `kept`. */
  async remove(path: BytePath): Promise<Failure | undefined> {
    if (this.selection.isEverything || !(await this.keeps(path))) return this.all.remove(path);
    const names = await this.list(path);
    for (const name of names ?? []) {
      const failure = await this.remove(join(path, name));
      if (failure && !failure.kept) return failure;
    }
    return { path, reason: 'something that is excluded is there', kept: true };
  }

  /** Whether something is left out at or below a path, or stands where a directory above it would be. */
  async keeps(path: BytePath): Promise<boolean> {
    if (this.selection.isEverything) return false;
    const steps = [...ancestorsOf(path), path];
    const entries = await this.all.stat(steps);
    const end = entries.findIndex((entry) => !entry || !isDirectory(entry));
    const at = end < 0 ? steps.length - 1 : end;
    const entry = entries[at];
    return entry !== undefined && this.#keepsEntry(steps[at]!, entry);
  }

  linkedBelow(path: BytePath): Promise<Map<ObjectId, { here: number; all: number }>> {
    return this.all.linkedBelow(path);
  }

  async findNames(objects: ReadonlySet<ObjectId>): Promise<BytePath[]> {
    const paths = await this.all.findNames(objects);
    return paths.filter((path) => !this.selection.excludes(path, false));
  }

  readManifest(): Promise<Manifest | undefined> {
    return this.all.readManifest();
  }

  writeManifest(manifest: Manifest | undefined): Promise<void> {
    return this.all.writeManifest(manifest);
  }

  takeAway(id: number, move: Move): Promise<MoveResult> {
    return this.all.takeAway(id, move);
  }

  putBack(id: number, move: Move): Promise<MoveResult> {
    return this.all.putBack(id, move);
  }

  dropAway(): Promise<void> {
    return this.all.dropAway();
  }

  setTimes(times: readonly DirectoryTime[]): Promise<Failure[]> {
    return this.all.setTimes(times);
  }

  flush(): Promise<void> {
    return this.all.flush();
  }

  readSyncPoint(): Promise<SyncPoint | undefined> {
    return this.all.readSyncPoint();
  }

  writeSyncPoint(point: SyncPoint): Promise<void> {
    return this.all.writeSyncPoint(point);
  }

  close(): void {
    this.all.close();
  }

  async #keepsEntry(path: BytePath, entry: Entry): Promise<boolean> {
    if (this.selection.excludes(path, isDirectory(entry))) return true;
    if (!isDirectory(entry)) return false;
    const inside = [...((await this.all.list(path)) ?? [])].map((name) => join(path, name));
    const entries = await this.all.stat(inside);
    for (const [at, inner] of inside.entries()) {
      const found = entries[at];
      if (found && (await this.#keepsEntry(inner, found))) return true;
    }
    return false;
  }

  /** Whether what is at these paths is left out; the slave is asked only where that depends on what it is. */
  async #areKept(paths: readonly BytePath[]): Promise<boolean[]> {
    const { selection } = this;
    const asked = paths.filter((path) => !isState(path) && selection.dependsOnKind(path));
    const entries = asked.length === 0 ? [] : await this.all.stat(asked);
    const kinds = new Map(asked.map((path, at) => [path, entries[at]]));
    return paths.map((path) => {
      const entry = kinds.get(path);
      return selection.excludes(path, entry !== undefined && isDirectory(entry));
    });
  }
}
