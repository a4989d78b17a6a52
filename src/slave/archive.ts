import type { BytePath } from './path.js';
import type { RsyncTarget } from './slave.js';

/** What is, or was, at a path of a copy. */
export interface KeptVersion {
  /** It came to the slave then, µs since 1970; null where nothing tells. */
  readonly sinceUs: number | null;
  /** It was there until then; null: it is there now. */
  readonly untilUs: number | null;
  /** The S_IF… bits. */
  readonly kind: number;
  readonly bytes: number;
  readonly modifiedUs: number;
}

/** Where an object is that was at a path at a time. */
export interface KeptObject {
  readonly path: BytePath;
  /** Where it is kept, from the slave's root: a folder and then its own path. */
  readonly folder: BytePath;
  /** See {@link Entry.hasHoles}. */
  readonly hasHoles: boolean;
}

/** How rsync reads a copy, from its root. */
export interface RsyncSource extends Pick<RsyncTarget, 'args' | 'env'> {
  /** `/dir`, or `host::module`; ends without a slash. */
  readonly source: string;
}

/** Old versions in a copy. To look at them changes nothing there and waits for nobody: a pass may be under way. */
export interface Archive {
  readonly rsync: RsyncSource;
  /** Of a path, the oldest first; what is there now is the last, if there is anything. */
  versions(path: BytePath): Promise<readonly KeptVersion[]>;
  /** What was at and below a path at a time, in parts, a directory before what is in it. */
  below(path: BytePath, timeUs: number): AsyncGenerator<readonly KeptObject[]>;
  close(): void;
}
