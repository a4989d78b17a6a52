import { awayAt, type Manifest, type Move } from '../../../src/slave/manifest.js';
import { type BytePath, parentOf } from '../../../src/slave/path.js';
import {
  type DirectoryTime,
  type Entry,
  type Failure,
  type MoveResult,
  type ObjectId,
  objectId,
  type Slave,
  type SyncPoint,
} from '../../../src/slave/slave.js';
import { ModelCopy } from './copy.js';
import type { Inode } from './memory-tree.js';

/** A slave in memory, with all that a pass can ask of one. */
export class ModelSlave extends ModelCopy implements Slave {
  readonly moving = new Map<number, Inode>();
  manifest: Manifest | undefined;
  syncPoint: SyncPoint | undefined;

  async stat(paths: readonly BytePath[]): Promise<(Entry | undefined)[]> {
    this.step();
    return paths.map((path) => {
      const away = [...this.moving].find(([id]) => path === awayAt(id))?.[1];
      return away ?? this.tree.stat(path);
    });
  }

  async list(path: BytePath): Promise<Set<BytePath> | undefined> {
    this.step();
    const inode = this.tree.find(path);
    return inode?.what === 'directory' ? new Set(inode.children.keys()) : undefined;
  }

  async remove(path: BytePath): Promise<Failure | undefined> {
    this.step();
    if (this.failing.has(path)) return { path, reason: 'refused' };
    this.drop(path);
    return undefined;
  }

  async linkedBelow(path: BytePath): Promise<Map<ObjectId, { here: number; all: number }>> {
    this.step();
    const found = new Map<ObjectId, { here: number; all: number }>();
    const top = this.tree.find(path);
    for (const [, inode] of top ? this.tree.walk(path, top) : []) {
      if (inode.what === 'directory' || inode.nlink < 2) continue;
      const id = objectId(inode);
      found.set(id, { here: (found.get(id)?.here ?? 0) + 1, all: inode.nlink });
    }
    return found;
  }

  async findNames(objects: ReadonlySet<ObjectId>): Promise<BytePath[]> {
    this.step();
    return [...this.tree.walk()].filter(([, inode]) => objects.has(objectId(inode))).map(([path]) => path);
  }

  async readManifest(): Promise<Manifest | undefined> {
    return this.manifest;
  }

  async writeManifest(manifest: Manifest | undefined): Promise<void> {
    this.step();
    this.manifest = manifest;
  }

  async takeAway(id: number, move: Move): Promise<MoveResult> {
    this.step();
    if (this.moving.has(id)) return 'done';
    if (this.failing.has(move.from)) return { path: move.from, reason: 'refused' };
    const inode = this.tree.detach(move.from);
    if (!inode) return 'missing';
    this.touch(parentOf(move.from));
    this.moving.set(id, inode);
    return 'done';
  }

  async putBack(id: number, move: Move): Promise<MoveResult> {
    this.step();
    const inode = this.moving.get(id);
    if (!inode) return 'missing';
    if (this.failing.has(move.to)) return { path: move.to, reason: 'refused' };
    this.makeDirectory(parentOf(move.to));
    this.drop(move.to);
    this.tree.attach(move.to, inode);
    inode.nlink++;
    this.moving.delete(id);
    this.touch(parentOf(move.to));
    return 'done';
  }

  async dropAway(): Promise<void> {
    this.step();
    this.moving.clear();
  }

  async setTimes(times: readonly DirectoryTime[]): Promise<Failure[]> {
    for (const { path, mtimeNsec } of times) {
      this.step();
      const inode = this.tree.find(path);
      if (inode?.what === 'directory') inode.mtimeNsec = mtimeNsec;
    }
    return [];
  }

  async flush(): Promise<void> {
    this.step();
  }

  async readSyncPoint(): Promise<SyncPoint | undefined> {
    return this.syncPoint;
  }

  async writeSyncPoint(point: SyncPoint): Promise<void> {
    this.step();
    this.syncPoint = point;
  }
}
