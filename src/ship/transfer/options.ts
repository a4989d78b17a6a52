import type { RsyncTarget, Slave } from '../../slave/slave.js';
import type { SlaveSettings } from '../../volume/slave-settings.js';
import { isRoot } from '../../volume/user.js';
import type { Volume } from '../../volume/volume.js';

/** What every run of rsync between a source and a slave needs. */
export interface RsyncOptions {
  readonly source: string;
  /** What people know the source by, in rsync's messages too. */
  readonly sourceName: string;
  readonly target: RsyncTarget;
  readonly privileged: boolean;
  /** An rsync that gets no further for so long is ended. */
  readonly timeoutMs: number;
  /** Most runs at once. */
  readonly jobs: number;
  /** Most that all of them send together, KiB a second. */
  readonly bwlimitKiB?: number | undefined;
  readonly compress?: boolean | undefined;
  /** Files of this size are written in place. */
  readonly inplaceKiB?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The program; for tests. */
  readonly program?: string | undefined;
}

/** A connection is dead when nothing has come for so long. */
const REMOTE_TIMEOUT_MS = 60_000;
/** A disk may take its time: a share of the network that comes back, a disk array that wakes up. */
const LOCAL_TIMEOUT_MS = 300_000;
/** While one rsync waits for the disk, another goes on; more would only be in each other's way on a small machine. */
const JOBS = 2;

/** Whether there is a connection on the way: a colon before the first slash, as rsync reads it. */
export function isRemote(destination: string): boolean {
  return /^[^/]*:/.test(destination);
}

/** How long an rsync to or from a place may stand still, where nothing else is set; milliseconds. */
export function timeoutFor(place: string): number {
  return isRemote(place) ? REMOTE_TIMEOUT_MS : LOCAL_TIMEOUT_MS;
}

/** How rsync is run from a source, as a pass sees it, to a slave with these settings. */
export function rsyncOptions(
  volume: Volume,
  source: string,
  { rsync: target }: Pick<Slave, 'rsync'>,
  { jobs = JOBS, timeoutMs = timeoutFor(target.destination), bwlimitKiB, compress, inplaceKiB }: SlaveSettings,
  { signal, rsync: program }: { signal?: AbortSignal | undefined; rsync?: string | undefined },
): RsyncOptions {
  return {
    ...{ source, sourceName: volume.source, target, privileged: isRoot() },
    ...{ timeoutMs, jobs, bwlimitKiB, compress, inplaceKiB },
    ...{ signal, program },
  };
}
