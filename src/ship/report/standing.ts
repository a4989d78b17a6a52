import { readStatus, type SlaveStatus, type StatusSources, type VolumeStatus } from '../../journal/status.js';
import { SystemError } from '../../syscalls/index.js';
import { UserError } from '../../volume/errors.js';
import type { PendingPath } from '../../volume/pending.js';
import { readProgress } from '../../volume/progress.js';
import type { Crawl, LastPass, SlaveRecord } from '../../volume/slaves.js';
import type { Volume } from '../../volume/volume.js';
import { selectedFor } from '../selection/patterns.js';
import { LocalSource } from '../source.js';
import { findDirty } from './dirty.js';

/** What is not on a slave, as the marks tell. */
export interface Behind {
  readonly objects: number;
  /** The size of these that are files. */
  readonly bytes: number;
  /** Whether that is all: where there is very much, it is not counted to the end. */
  readonly complete: boolean;
}

/** A pass under way. */
export interface RunningPass {
  readonly startedUs: number;
  readonly crawl: Crawl;
  readonly objects: number;
  readonly bytes: number;
  /** Since it began. */
  readonly bytesPerSecond: number;
  /** The first path of what rsync has in hand, a character a byte; null where it has nothing. */
  readonly path: string | null;
}

export interface SlaveStanding extends SlaveStatus {
  /** Null where the source cannot be looked at. */
  readonly behind: Behind | null;
  readonly running: RunningPass | null;
  /** The last passes that had something to do or failed, the latest first. */
  readonly passes: readonly LastPass[];
  /** The first of the paths that failed. */
  readonly failed: readonly PendingPath[];
}

/** How a volume and its slaves are, with what takes a look at the source. */
export interface Standing {
  readonly volume: VolumeStatus['volume'];
  readonly slaves: readonly SlaveStanding[];
}

/** Objects looked at for one count. */
const MOST_LOOKED = 20_000;
/** Failures of each slave that are named. */
const MOST_NAMED = 20;

/** Reads it; changes nothing. */
export async function readStanding(volume: Volume, sources: StatusSources): Promise<Standing> {
  const status = await readStatus(volume, sources);
  const count = counter(volume);
  const slaves: SlaveStanding[] = [];
  for (const slave of status.slaves) {
    const record = sources.state.slaves.get(slave.name);
    slaves.push({
      ...slave,
      behind: record ? await count(record) : null,
      running: runningOf(volume, slave.name),
      passes: sources.state.passes.of(slave.name),
      failed: sources.state.pending.failed(slave.name, MOST_NAMED),
    });
  }
  return { volume: status.volume, slaves };
}

/** Slaves with the same sync point that are to have the same lack the same. */
function counter(volume: Volume): (slave: SlaveRecord) => Promise<Behind | null> {
  const counted = new Map<string, Behind | null>();
  return async (slave) => {
    const { exclude, excludeFrom } = slave.settings;
    const key = JSON.stringify([slave.stimeUs, exclude, excludeFrom]);
    const known = counted.get(key);
    if (known !== undefined) return known;
    const behind = await countDirty(volume, slave);
    counted.set(key, behind);
    return behind;
  };
}

async function countDirty(volume: Volume, slave: SlaveRecord): Promise<Behind | null> {
  let source: LocalSource | undefined;
  try {
    source = new LocalSource(volume);
    const dirty = findDirty(await selectedFor(slave, source), slave.stimeUs, { most: MOST_LOOKED });
    return { objects: dirty?.objects ?? 0, bytes: dirty?.bytes ?? 0, complete: !dirty?.cut };
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof UserError)) throw error;
    // Its disk may be gone, or an ordinary user may not look: this is all that cannot be told then.
    return null;
  } finally {
    source?.close();
  }
}

function runningOf(volume: Volume, slave: string): RunningPass | null {
  const progress = readProgress(volume, slave);
  if (!progress) return null;
  const { startedUs, crawl, objects, list } = progress;
  const bytes = progress.bytes + (list?.sent ?? 0);
  const seconds = Math.max(Date.now() * 1000 - startedUs, 1) / 1e6;
  return { startedUs, crawl, objects, bytes, bytesPerSecond: Math.round(bytes / seconds), path: list?.path ?? null };
}
