import fs from 'node:fs';
import { listMounts } from './mounts.js';

/** A process that may still write to the files of a mount whose daemon is gone: the kernel passes its writes through. */
export interface Survivor {
  readonly pid: number;
  readonly name: string;
}

/** A mount that a killed daemon had left, and that was removed. */
export interface RemovedMount {
  readonly mountpoint: string;
  readonly survivors: readonly Survivor[];
}

const ACCESS_MODE = 3;

/** Whether an open file, as /proc tells of it, is open for writing in a mount. */
function writesTo(fdinfo: string, mountId: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(fdinfo)?.[1] ?? '0';
  return /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1] === mountId && (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}

/** What reading gives, or nothing where the process has ended meanwhile or is another user's. */
function tryRead<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function isWriter(pid: string, mountId: string): boolean {
  const folder = `/proc/${pid}/fdinfo`;
  return tryRead(() => fs.readdirSync(folder), []).some((fd) =>
    writesTo(
      tryRead(() => fs.readFileSync(`${folder}/${fd}`, 'latin1'), ''),
      mountId,
    ),
  );
}

/**
 * The processes that have a file of the mount at this path open for writing; without root, those of this user. To be
 * asked before it is taken out of the tree: from then on nothing tells whose files they are. A process that has only a
 * mapping of a file is not found.
 */
export function survivorsOf(mountpoint: string): Survivor[] {
  const mountId = listMounts().findLast((mount) => mount.mountpoint === mountpoint)?.id;
  if (mountId === undefined) return [];
  return fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && isWriter(pid, mountId))
    .map((pid) => ({
      pid: Number(pid),
      name: tryRead(() => fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), '?'),
    }));
}

/** What the user should know of it, a line each. */
export function describeRemoved({ mountpoint, survivors }: RemovedMount): string[] {
  const removed = `Removed the mount that a killed daemon had left at "${mountpoint}"`;
  if (survivors.length === 0) return [removed];
  const named = survivors.map(({ pid, name }) => `${pid} (${name})`).join(', ');
  return [
    removed,
    `Files of it are still open for writing, and what is written to them is not seen: end pid ${named}, then run: markerfs rescan`,
  ];
}
