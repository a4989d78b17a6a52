import { join } from 'node:path';
import { PROJECT } from '../support/volume.js';

/** What the fault preload does to a program: the environment variable MARKERFS_FAULT, as JSON. */
export interface Fault {
  /** Kills the program at a passing of one of the steps that have this in their label. */
  readonly kill?: {
    readonly label: string;
    readonly passing: number;
    /** Passings count from when this file is there. */
    readonly armed?: string;
    /** A file that is made then. */
    readonly told?: string;
  };
  /** Holds threads up at steps: each thread at every so manieth of them, so long at most. */
  readonly delay?: {
    readonly label: string;
    readonly every: number;
    readonly ms: number;
    /** Steps count while this file is there. */
    readonly from?: string;
    /** Until this file is there; or a barrier has waited for those that are held up, as it must: that is not held up for long. */
    readonly until?: string;
  };
  /** Kills what the program has started, so long after the so manieth start of rsync; `told`: a file that is made then. */
  readonly rsync?: { readonly passing: number; readonly afterMs: number; readonly told: string };
  /** How far the wall clock is off; and by how much more after a while. */
  readonly clock?: { readonly offsetS: number; readonly stepS: number; readonly afterMs: number };
  /** One of the rules. */
  readonly breaks?: string;
}

/**
 * `markerfs` from its modules instead of the bundle: the preload changes the modules of dist/src, which a bundle has copies
 * of. What this starts has its modules too.
 */
export const MODULES = join(PROJECT, 'dist/src/cli/main.js');

/** The environment in which a program of the project, run from its modules, has these faults. */
export function environment(fault: Fault): Record<string, string> {
  if (Object.keys(fault).length === 0) return {};
  const preload = `file://${join(PROJECT, 'dist/test/torture/faults.js')}`;
  return { NODE_OPTIONS: `--import=${preload}`, MARKERFS_FAULT: JSON.stringify(fault) };
}
