import { setImmediate as breathe } from 'node:timers/promises';
import { type BytePath, isState, join, parentOf } from '../../slave/path.js';
import { type ObjectId, objectId } from '../../slave/slave.js';
import type { Stat } from '../../syscalls/index.js';
import { UserError } from '../../volume/errors.js';
import { firstGlance, type Glance } from '../glance.js';
import type { LocalSource } from '../source.js';
import type { Renewals } from './renewals.js';

/** Objects between two moments in which this process does other things, such as to tell how far it is. */
const BREATH = 1000;

/** An object that changed without a mark. */
export interface Suspect {
  readonly path: BytePath;
  readonly id: ObjectId;
}

export interface Scanned {
  /** Objects looked at. */
  considered: number;
  /** By path, what is above before what is below. */
  readonly suspects: Suspect[];
  /** Directories that may have been renamed: what is below them keeps its marks and times. None is below another. */
  readonly moved: BytePath[];
}

function changeTimeUs({ ctimeSec, ctimeNsec }: Stat): number {
  return Number(ctimeSec) * 1e6 + Math.floor(ctimeNsec / 1000);
}

/** A change of names sets both times of a directory to the same; anything else sets only the one. */
function onlyNamesChanged(stat: Stat): boolean {
  return stat.ctimeSec === stat.mtimeSec && stat.ctimeNsec === stat.mtimeNsec;
}

/** UserError where it was told to end. */
export function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new UserError('Cannot finish the rescan: it was interrupted');
}

/**
 * Looks at everything at and below a path for what changed without a mark. The kernel sets an object's change time
 * (ctime) whatever is done to its content, attributes, links or name, and nobody can set it otherwise.
 */
export async function scan(
  source: LocalSource,
  top: BytePath,
  renewals: Renewals,
  { glance = firstGlance(), signal }: { readonly glance?: Glance; readonly signal?: AbortSignal } = {},
): Promise<Scanned> {
  const scanned: Scanned = { considered: 0, suspects: [], moved: [] };
  const open: { path: BytePath; underMoved: boolean }[] = [{ path: top, underMoved: false }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { path } = next;
    const stat = isState(path) ? undefined : source.stat(path);
    if (!stat) continue;
    scanned.considered++;
    // What is below the top, as it is counted beside.
    glance.objects = scanned.considered - 1;
    glance.path = path;
    if (scanned.considered % BREATH === 0) {
      await breathe();
      refuseInterrupted(signal);
      source.forget();
    }
    let { underMoved } = next;
    if (isSuspect(source, path, stat, renewals)) {
      scanned.suspects.push({ path, id: objectId(stat) });
      if (stat.isDirectory && path !== '' && !underMoved && !onlyNamesChanged(stat)) {
        scanned.moved.push(path);
        underMoved = true;
      }
    }
    if (!stat.isDirectory) continue;
    for (const { name } of source.list(path) ?? []) open.push({ path: join(path, name), underMoved });
  }
  return scanned;
}

/** The time is taken before the mark: a change through the mount in between has marked it. */
function isSuspect(source: LocalSource, path: BytePath, stat: Stat, renewals: Renewals): boolean {
  const changedUs = changeTimeUs(stat);
  // An older mark asks for more: most objects are told by their time alone.
  if (!renewals.isUnmarked(changedUs, undefined)) return false;
  const speaks = stat.isFile || stat.isDirectory ? path : parentOf(path);
  return renewals.isUnmarked(changedUs, source.marks(speaks).xtime);
}
