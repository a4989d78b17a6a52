import type { Row, Terms } from './digest/row.js';
import type { Manifest, Move } from './manifest.js';
import type { BytePath } from './path.js';

/** What a pass asks of an object, on the source and on a slave alike. */
export interface Entry {
  /** The S_IF… bits. */
  readonly kind: number;
  readonly size: bigint;
  /** It takes less space than its size: rsync has to look for what is not there. */
  readonly hasHoles: boolean;
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
  /** It was not to be: something there is not the copy's. */
  readonly kept?: true;
}

/** An old version could not be kept; the message is a failure's reason. What was to replace it is not done then. */
export class VersionFailure extends Error {
  override name = 'VersionFailure';
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

/** How rsync reaches a slave. */
export interface RsyncTarget {
  /** Where it writes: `/dir`, `host:/dir`, `rsync://host/module/dir`; ends without a slash. */
  readonly destination: string;
  /**
   * Where it keeps files that are not complete yet: on the slave, on the same filesystem, emptied when the slave is
   * opened. Undefined: beside the files.
   */
  readonly temporary: string | undefined;
  /** Where it keeps what a run that was cut got of a file, for the next one; undefined: it begins anew. */
  readonly partial?: string;
  /** Where old versions are kept, a folder for each time; undefined where none can be. */
  readonly versions?: string;
  /** What it needs to get there, such as `-e …`. Everybody on the machine can read it. */
  readonly args: readonly string[];
  /** What must not be read by others: secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Where a copy lives, and all that a pass does to it besides rsync. No path is ever followed through a symlink, and the
 * slave's state folder is out of reach of every path.
 */
export interface Slave {
  readonly name: string;
  readonly rsync: RsyncTarget;

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

/** A copy that only rsync can reach: it cannot be looked at, and nothing in it can be moved. */
export interface PlainSlave {
  readonly plain: true;
  readonly name: string;
  readonly rsync: RsyncTarget;
  /** It held something before its first pass. */
  readonly isAdopted: boolean;
  /** Whether objects of a kind (S_IF…) can be there; the others are left out. */
  keeps(kind: number): boolean;
  /** See {@link Slave.readSyncPoint}; in a first pass that was cut, what that is to reach, with `settled` null. */
  readSyncPoint(): Promise<SyncPoint | undefined>;
  writeSyncPoint(point: SyncPoint): Promise<void>;
  close(): void;
}

/** A slave that can be compared without rsync. */
export interface DescribedSlave extends Slave {
  /** Whether it can have owners, and attributes that only root may set. */
  readonly privileged: boolean;
  /** A hash of each directory's rows (see Row), contents included; undefined where there is no directory. */
  digest(directories: readonly BytePath[], terms: Terms): Promise<(string | undefined)[]>;
  /** The rows of a directory; none where there is no directory. */
  describe(directory: BytePath, terms: Terms): Promise<readonly Row[]>;
}

/** A slave that can keep what a pass removes or replaces. */
export interface KeepingSlave extends Slave {
  /** From now on it keeps what {@link remove} and {@link putBack} take away, as what was there until then. */
  keepVersions(untilUs: number): Promise<void>;
  /** Keeps copies of files that are going to be changed where they are, or to lose one of their names. */
  keepCopies(paths: readonly BytePath[]): Promise<Failure[]>;
  /** Drops versions that are too many, or older than `keepUs`. */
  thinVersions(keepUs: number, nowUs: number): Promise<void>;
}

export function canKeep(slave: Slave | PlainSlave): slave is KeepingSlave {
  return 'keepVersions' in slave;
}

export function isDescribed(slave: Slave | PlainSlave): slave is DescribedSlave {
  return 'digest' in slave;
}
