/** What can serve a mount. */
export const engines = ['markerfs', 'fuse-native'] as const;
export type EngineName = (typeof engines)[number];

/** What the command line asks of the daemon; given to it as one JSON argument. */
export interface DaemonOptions {
  readonly source: string;
  readonly mountpoint: string;
  readonly stateDir?: string;
  /** Stays in the terminal that started it. */
  readonly foreground: boolean;
  readonly engine: EngineName;
  /** Flags of mount(2); none where it is not given. */
  readonly mountFlags?: number;
  /** Every user may use the mount. Root's mounts are for all anyway. */
  readonly allowOther?: boolean;
  /** How long records are kept that every slave has passed; a day where it is not given. */
  readonly journalKeepMs?: number;
  /** What the journal may hold; see JournalOptions. */
  readonly journalLimitKiB?: number;
  /**
   * Changes are applied without being marked and journaled, so they never ship: only the benchmark asks for it, to see
   * what marking and journaling cost.
   */
  readonly unmarked?: boolean;
  /** Each request is logged, and each answer; for the engine markerfs. */
  readonly debugFuse?: boolean;
}

/** What the daemon says to the process that started it, over IPC, once. */
export type DaemonMessage =
  | {
      readonly type: 'ready';
      readonly mountpoint: string;
      readonly passthrough: boolean;
      readonly notes: readonly string[];
    }
  | { readonly type: 'error'; readonly message: string; readonly exitStatus: number };
