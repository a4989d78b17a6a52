import type { Manifest, Move } from './manifest.js';
import type { BytePath } from './path.js';

/** What a pass asks of an object, on the source and on a slave alike. */
export interface Entry {
  /** The S_IF… bits. */
  readonly kind: number;
  readonly size: bigint;
  readonly mtimeSec: bigint;
  readonly mtimeNsec: number;
  readonly nlink: number;
  readonly dev: number;
  readonly ino: bigint;
}

/** An object on the slave, known by device and inode: names come and go. */
export type ObjectId = `${number}:${bigint}`;

export function objectId(entry: Pick<Entry, 'dev' | 'ino'>): ObjectId {
  return `${entry.dev}:${entry.ino}`;
}

/** A path that could not be brought to the state wanted, and why. */
export interface Failure {
  readonly path: BytePath;
  readonly reason: string;
}

export type MoveResult = 'done' | 'missing' | Failure;

/** A time to set, as the source has it. */
export interface DirectoryTime {
  readonly path: BytePath;
  readonly mtimeSec: bigint;
  readonly mtimeNsec: number;
}

/** Up to when a slave is a copy, as it notes itself. */
export interface SyncPoint {
  readonly stimeUs: number;
  readonly position: number;
  readonly journalId: string | null;
  /**
   * The journal's head when the last pass ended; null while one is under way: until then a name may show what came
   * after the position.
   */
  readonly settled: number | null;
}

/**
 * Where a copy lives, and all that a pass does to it besides rsync. No path is ever followed through a symlink, and the
 * slave's state folder is out of reach of every path.
 */
export interface Slave {
  readonly name: string;
  /** Where rsync writes: ends without a slash. */
  readonly destination: string;
  /**
   * Where rsync keeps files that are not complete yet: on the slave, on the same filesystem, emptied when the slave is
   * opened.
   */
  readonly temporary: string;

  /** What is at each path; undefined where there is nothing. */
  stat(paths: readonly BytePath[]): Promise<(Entry | undefined)[]>;
  /** The names in a directory; undefined where there is no directory. */
  list(path: BytePath): Promise<Set<BytePath> | undefined>;
  /** Removes an object and all below it. Nothing there is no failure. */
  remove(path: BytePath): Promise<Failure | undefined>;

  /**
   * The objects with several names that have one at or below the path, and how many they have there. Directories do not
   * count.
   */
  linkedBelow(path: BytePath): Promise<Map<ObjectId, { here: number; all: number }>>;
  /** Every name of these objects. Lists the whole slave. */
  findNames(objects: ReadonlySet<ObjectId>): Promise<BytePath[]>;

  /** What a pass that was cut left unfinished. */
  readManifest(): Promise<Manifest | undefined>;
  /** Replaces it, durably, after everything done so far; undefined removes it. */
  writeManifest(manifest: Manifest | undefined): Promise<void>;
  /**
   * First half of a move: from its old place into the state folder, under the move's number. `missing`: the slave has
   * no such object.
   */
  takeAway(id: number, move: Move): Promise<MoveResult>;
  /**
   * Second half: to its new place, instead of what stands there. `missing`: nothing was taken away under this number.
   */
  putBack(id: number, move: Move): Promise<MoveResult>;
  /** Drops what was taken away and not put back. */
  dropAway(): Promise<void>;

  setTimes(times: readonly DirectoryTime[]): Promise<Failure[]>;
  /** Makes everything written so far durable. */
  flush(): Promise<void>;
  /** What the slave itself notes of up to when it is a copy; undefined where it never was. */
  readSyncPoint(): Promise<SyncPoint | undefined>;
  writeSyncPoint(point: SyncPoint): Promise<void>;
  close(): void;
}
