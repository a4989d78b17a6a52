/** What the dashboard's server and its page say to each other. Times are milliseconds since 1970; what is not known is null. */

/** What a page looks at; a page says so when that changes. */
export interface Look {
  readonly range: Range;
  /** Whose dirty tree, null for the slave that is furthest behind; and below which directory. */
  readonly dirty: { readonly slave: string | null; readonly path: string };
  /** Of the journal: records whose path holds the text, and of these operations; of all where there are none. */
  readonly journal: { readonly text: string; readonly operations: readonly string[] };
}

/** Of the plots: the last ten minutes, second by second, or the last day, minute by minute. */
export type Range = 'minutes' | 'day';

/** What the server sends, by name of the event. */
export interface Events {
  hello: Hello;
  now: Now;
  history: History;
  point: Point;
  failures: readonly SlaveFailures[];
  records: Records;
  dirty: DirtyTree;
  retry: Retry;
  /** Why the volume cannot be looked at; null when it can again. */
  trouble: { readonly reason: string | null };
  /** The server is there, though it has nothing to tell. */
  beat: { readonly timeMs: number };
}

export interface Hello {
  /** Names this stream in what the page posts. */
  readonly stream: string;
  readonly source: string;
  readonly uuid: string;
}

export type State = 'initializing' | 'active' | 'faulty' | 'paused' | 'stopped';

export interface Now {
  readonly timeMs: number;
  readonly volume: VolumeNow;
  /** Changes that the journal took a second. */
  readonly operations: number;
  readonly slaves: readonly SlaveNow[];
}

export interface VolumeNow {
  readonly mountpoint: string | null;
  readonly state: State;
  readonly reason: string | null;
  readonly pid: number | null;
  readonly engine: string | null;
  readonly passthrough: boolean | null;
  readonly epoch: number | null;
  readonly journal: {
    readonly records: number;
    readonly head: number;
    readonly bytes: number;
    readonly whole: boolean;
  };
}

export interface SlaveNow {
  readonly name: string;
  readonly target: string;
  readonly state: State;
  readonly reason: string | null;
  readonly crawl: string;
  readonly syncPointMs: number | null;
  readonly lagSeconds: number | null;
  readonly pending: number | null;
  readonly failures: number;
  /** Bytes a second. */
  readonly rate: number;
  readonly lastPass: PassNow | null;
  readonly running: RunningPass | null;
}

export interface PassNow {
  readonly endedMs: number;
  readonly seconds: number;
  readonly crawl: string;
  readonly shipped: number;
  readonly renamed: number;
  readonly deleted: number;
  readonly failed: number;
  readonly bytes: number;
}

export interface RunningPass {
  readonly startedMs: number;
  readonly crawl: string;
  readonly objects: number;
  readonly bytes: number;
  /** What is being sent, from its first path on; null while the pass looks for what to send. */
  readonly list: {
    readonly objects: number;
    readonly bytes: number;
    readonly sent: number;
    readonly path: string;
  } | null;
}

/** One moment of the plots. Over a minute: means of rates, the longest lag. */
export interface Point {
  readonly range: Range;
  readonly timeMs: number;
  /** Requests of the kernel that were served, a second. */
  readonly operations: number;
  readonly slaves: Readonly<Record<string, SlavePoint>>;
}

export interface SlavePoint {
  readonly lag: number | null;
  readonly rate: number;
}

/** The points so far, by column. */
export interface History {
  readonly range: Range;
  readonly timesMs: readonly number[];
  readonly operations: readonly number[];
  readonly slaves: Readonly<
    Record<string, { readonly lag: readonly (number | null)[]; readonly rate: readonly (number | null)[] }>
  >;
}

export interface SlaveFailures {
  readonly slave: string;
  readonly paused: boolean;
  /** Why its last pass failed as a whole. */
  readonly reason: string | null;
  /** Paths that could not be shipped; the first of them follow. */
  readonly total: number;
  readonly paths: readonly FailedPath[];
}

export interface FailedPath {
  readonly path: string;
  readonly reason: string;
  readonly attempts: number;
  /** 0: with the next pass. */
  readonly nextTryMs: number;
}

/** The latest records, the oldest of them first. */
export interface Records {
  /** What was shown before is of another filter. */
  readonly fresh: boolean;
  readonly records: readonly RecordShown[];
  /** Records before these that came too fast to be shown. */
  readonly skipped: number;
  /** Of a search: how many records were looked at, and whether these are all that there are. */
  readonly searched: { readonly records: number; readonly all: boolean } | null;
}

export interface RecordShown {
  readonly sequence: number;
  readonly timeMs: number;
  readonly operation: string;
  readonly path: string;
  readonly path2: string | null;
}

export interface DirtyTree {
  /** Null: there are no slaves. */
  readonly slave: string | null;
  /** Where the tree begins, as the page asked for it. */
  readonly path: string;
  readonly shown: string;
  /** Null: nothing is dirty there. */
  readonly tree: DirtyNode | null;
  /** Why nothing can be said. */
  readonly reason: string | null;
}

export interface DirtyNode {
  /** Null: what is too small to be shown, together. */
  readonly name: string | null;
  /** Of what is together: files only. */
  readonly files: boolean;
  /** Where to look on; null where there is nothing below. */
  readonly path: string | null;
  readonly objects: number;
  /** 0: older than the volume. */
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly whole: boolean;
  /** There may be more. */
  readonly cut: boolean;
  readonly children: readonly DirtyNode[];
}

/** A pass that a page asked for has begun, or ended. */
export interface Retry {
  readonly slave: string;
  readonly running: boolean;
  readonly ok: boolean;
  readonly text: string;
}
