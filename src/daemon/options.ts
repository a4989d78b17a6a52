/** What the command line asks of the daemon; given to it as one JSON argument. */
export interface DaemonOptions {
  readonly source: string;
  readonly mountpoint: string;
  readonly stateDir?: string;
  /** Stays in the terminal that started it. */
  readonly foreground: boolean;
  readonly engine: 'markerfs';
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
