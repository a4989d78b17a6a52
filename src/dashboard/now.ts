import type { SlaveStatus, VolumeStatus } from '../journal/status.js';
import { plainLine, showName } from '../volume/names.js';
import type { Progress } from '../volume/progress.js';
import type { LastPass } from '../volume/slaves.js';
import { round } from './history.js';
import type { Now, PassNow, RunningPass, SlaveNow, VolumeNow } from './page/messages.js';

/** What a slave was measured at, besides its status. */
export interface Measured {
  readonly rate: number;
  readonly running: Progress | undefined;
}

/** A volume's status as a page shows it. */
export function toNow(
  timeMs: number,
  { volume, slaves }: VolumeStatus,
  operations: number,
  measured: ReadonlyMap<string, Measured>,
): Now {
  return {
    timeMs,
    volume: toVolume(volume),
    operations: round(operations),
    slaves: slaves.map((slave) => toSlave(slave, measured.get(slave.name)!)),
  };
}

function toVolume({ uuid: _uuid, source: _source, ...volume }: VolumeStatus['volume']): VolumeNow {
  const { mountpoint, reason } = volume;
  return {
    ...volume,
    mountpoint: mountpoint === null ? null : showName(Buffer.from(mountpoint)),
    reason: reason === null ? null : plainLine(reason),
  };
}

function toSlave(slave: SlaveStatus, { rate, running }: Measured): SlaveNow {
  const { name, target, state, reason, crawl, syncPoint, lagSeconds, pending, failures, lastPass } = slave;
  return {
    ...{ name, state, crawl, lagSeconds, pending, failures },
    target: showName(Buffer.from(target)),
    reason: reason === null ? null : plainLine(reason),
    syncPointMs: syncPoint === null ? null : syncPoint / 1000,
    rate: round(rate),
    lastPass: lastPass && toPass(lastPass),
    running: running ? toRunning(running) : null,
  };
}

function toPass({ startedUs, seconds, crawl, shipped, renamed, deleted, failed, bytes }: LastPass): PassNow {
  return { endedMs: startedUs / 1000 + seconds * 1000, seconds, crawl, shipped, renamed, deleted, failed, bytes };
}

function toRunning({ startedUs, crawl, objects, bytes, list }: Progress): RunningPass {
  const shown = list && { ...list, path: showName(Buffer.from(list.path, 'latin1')) };
  return { startedMs: startedUs / 1000, crawl, objects, bytes, list: shown };
}
