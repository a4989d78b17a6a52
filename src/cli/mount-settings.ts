import path from 'node:path';
import { type DaemonOptions, type EngineName, engines } from '../daemon/options.js';
import { UserError } from '../volume/errors.js';
import { parseMountOptions } from './mount-options.js';

/** How a volume is mounted: what is asked of the daemon, less where. */
export type MountSettings = Omit<DaemonOptions, 'source' | 'mountpoint' | 'foreground'>;

/** What options of the command say that `-o` says too. */
export interface MountChoices {
  readonly engine?: EngineName;
  readonly stateDir?: string;
}

/**
 * Of the values of `-o`, each a list of options; what is given as an option of the command counts more. UserError (wrong
 * usage) where an option is not known or makes no sense.
 */
export function mountSettings(lists: readonly string[], { engine, stateDir }: MountChoices = {}): MountSettings {
  const { engine: named, stateDir: there, ...flags } = parseMountOptions(lists);
  const folder = stateDir ?? there;
  return {
    ...flags,
    engine: engine ?? knownEngine(named ?? 'markerfs'),
    ...(folder === undefined ? {} : { stateDir: path.resolve(folder) }),
  };
}

function knownEngine(name: string): EngineName {
  const engine = engines.find((known) => known === name);
  if (engine) return engine;
  throw new UserError(`Cannot mount: unknown engine "${name}", wanted ${engines.join(' or ')}`, 2);
}
