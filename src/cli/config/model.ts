import type { SlaveSettings } from '../../volume/slave-settings.js';
import type { Commands } from '../hook-command.js';
import type { MountSettings } from '../mount-settings.js';

/** What a configuration file says. */
export interface Config {
  /** Its absolute path. */
  readonly file: string;
  readonly volumes: readonly VolumeConfig[];
}

export interface VolumeConfig {
  readonly line: number;
  /** Absolute, as it stands in the file. */
  readonly source: string;
  readonly mountpoint: string;
  readonly mount: MountSettings;
  readonly hooks: Commands;
  readonly slaves: readonly SlaveConfig[];
}

export interface SlaveConfig {
  readonly line: number;
  readonly name: string;
  readonly target: string;
  /** A target that is not empty is taken when the slave is added. */
  readonly adopt: boolean;
  /** From one pass to the next. */
  readonly intervalMs: number;
  readonly settings: SlaveSettings;
}

/** What is wrong in a line of the file. */
export interface Problem {
  readonly line: number;
  /** Fits behind `line 7: `. */
  readonly message: string;
}
