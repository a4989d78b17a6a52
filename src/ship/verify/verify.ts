import { randomUUID } from 'node:crypto';
import type { Terms } from '../../slave/digest/row.js';
import { fromBytes, toBytes } from '../../slave/path.js';
import { Places } from '../../slave/places.js';
import { type DescribedSlave, isDescribed, type PlainSlave, type Slave } from '../../slave/slave.js';
import { UserError } from '../../volume/errors.js';
import { lock } from '../../volume/lock.js';
import type { PendingPath } from '../../volume/pending.js';
import type { State } from '../../volume/state.js';
import { isRoot } from '../../volume/user.js';
import type { Volume } from '../../volume/volume.js';
import type { Glance } from '../glance.js';
import { selectionOf } from '../selection/patterns.js';
import { SelectedSource } from '../selection/source.js';
import { LocalSource } from '../source.js';
import { rsyncOptions } from '../transfer/options.js';
import { compareTrees, type Difference } from './compare.js';
import { compareDigests } from './digests.js';
import { isUnsettled } from './unsettled.js';

/** What a comparison of source and slave found: the object that `verify --json` prints. */
export interface Verification {
  readonly slave: string;
  /** Objects of the source that were compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
  /** Paths that differ and may have changed since the sync point: the next pass is to bring them. */
  readonly unsettled: number;
  /** Paths that only the slave has, and keeps: no differences. */
  readonly kept: number;
  readonly seconds: number;
  /** Up to when the slave is to be a copy, µs since 1970. */
  readonly syncPoint: number;
}

export interface VerifyOptions {
  readonly repair?: boolean;
  readonly signal?: AbortSignal;
  /** The contents of this share of the files are read, 0 to 1; all where it is not given. */
  readonly share?: number;
  /** Says how far it is; not where only rsync looks. */
  readonly glance?: Glance;
}

/** The longest that one file is read: nothing comes from the other side meanwhile. */
const LONGEST_READ_MS = 3 * 3600_000;

/**
 * Compares a slave with the source, reading both whole, while no pass for it runs. With `repair` what differs is put on
 * the list of what the next pass takes up. UserError where the slave never was a copy, LockedError while a pass runs.
 */
export async function verify(
  volume: Volume,
  state: State,
  name: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const startedMs = Date.now();
  const { stimeUs } = state.slaves.need(name);
  if (stimeUs === 0)
    throw new UserError(`Cannot verify slave "${name}": its first pass is not complete; run: markerfs ship`);
  const held = lock(volume, `ship-${name}`);
  const source = new LocalSource(volume);
  const places = new Places(volume);
  let slave: Slave | PlainSlave | undefined;
  try {
    slave = await places.open(state.slaves.need(name));
    if (options.share !== undefined && !isDescribed(slave))
      throw new UserError(
        `Cannot verify slave "${name}" by a sample: that takes markerfs on its side; leave out --sample`,
      );
    const selection = await selectionOf(state.slaves.need(name));
    const selected = new SelectedSource(source, selection);
    const settings = { ...state.slaves.need(name).settings, jobs: 1, timeoutMs: LONGEST_READ_MS };
    const keepsDeleted = settings.keepDeletes === true;
    const { compared, differences: all } = isDescribed(slave)
      ? await compareDigests(selected, source.path, slave, termsFor(slave, options.share), { ...options, keepsDeleted })
      : await compareTrees(rsyncOptions(volume, source.path, slave, settings, options), selection);
    const differences = all.filter(({ aspects }) => !keepsDeleted || !aspects.includes('extra'));
    const kept = all.length - differences.length;
    source.forget();
    const waiting = new Set(state.pending.of(name).map(({ path }) => fromBytes(path)));
    const settled = differences.filter((found) => !waiting.has(found.path) && !isUnsettled(source, found, stimeUs));
    if (options.repair)
      state.notePending(
        name,
        settled.map((found) => toRepair(found)),
      );
    const seconds = (Date.now() - startedMs) / 1000;
    const unsettled = differences.length - settled.length;
    return { slave: name, compared, differences: settled, unsettled, kept, seconds, syncPoint: stimeUs };
  } finally {
    slave?.close();
    places.close();
    source.close();
    held.release();
  }
}

/** Another choice of files each time: in the end all have been read. */
function termsFor({ privileged }: DescribedSlave, share = 1): Terms {
  return { privileged: privileged && isRoot(), share, seed: randomUUID() };
}

/** What is missing is looked at whole; what only the slave has is found not to be on the source, and goes. */
function toRepair({ path, aspects }: Difference): PendingPath {
  return {
    path: toBytes(path),
    kind: 'failed',
    whole: aspects.includes('missing'),
    reason: 'verify found a difference',
    attempts: 0,
    nextTryUs: 0,
  };
}
