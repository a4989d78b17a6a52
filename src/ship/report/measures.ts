import { JournalReader } from '../../journal/reader.js';
import { ControlClient, type DaemonMetrics } from '../../volume/control.js';
import type { Totals } from '../../volume/passes.js';
import { State } from '../../volume/state.js';
import { openVolume, type Volume } from '../../volume/volume.js';
import { readStanding, type Standing } from './standing.js';

/** All that can be measured of a volume. */
export interface Measures {
  readonly standing: Standing;
  /** Undefined where nothing is mounted. */
  readonly daemon: DaemonMetrics | undefined;
  /** By the name of the slave. */
  readonly totals: ReadonlyMap<string, Totals>;
}

/** Measures a volume as it is now; changes nothing. UserError where there is none. */
export async function measure(source: string, stateDir: string | undefined): Promise<Measures> {
  const volume = openVolume(source, stateDir);
  const state = State.open(volume);
  const reader = JournalReader.open(volume.stateDir);
  try {
    const standing = await readStanding(volume, { state, reader });
    const totals = new Map(standing.slaves.map(({ name }) => [name, state.passes.totals(name)]));
    return { standing, daemon: await askDaemon(volume), totals };
  } finally {
    reader?.close();
    state.close();
  }
}

async function askDaemon(volume: Volume): Promise<DaemonMetrics | undefined> {
  const daemon = await ControlClient.connect(volume);
  try {
    return await daemon?.call('metrics');
  } finally {
    daemon?.close();
  }
}
