import { JournalReader } from '../../journal/reader.js';
import type { JournalRecord } from '../../journal/record.js';
import type { Xtime } from '../../marker/mark.js';
import { type BytePath, fromBytes, isAtOrBelow, isState, parentOf, readable, toBytes } from '../../slave/path.js';
import type { Entry } from '../../slave/slave.js';
import { UserError } from '../../volume/errors.js';
import type { PendingPath } from '../../volume/pending.js';
import type { SlaveRecord } from '../../volume/slaves.js';
import { State } from '../../volume/state.js';
import type { Volume } from '../../volume/volume.js';
import { selectedFor } from '../selection/patterns.js';
import { leavesOut } from '../selection/source.js';
import { LocalSource, type Source } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';

/** What is known of one path, and what that means for each slave. */
export interface Why {
  /** Undefined where the source has nothing there. */
  readonly entry: Entry | undefined;
  /** Its own mark; undefined where it has none. */
  readonly xtime: Xtime | undefined;
  /** When it, or a directory above it, was last moved with all that is below. */
  readonly movedUs: Xtime | undefined;
  readonly slaves: readonly WhySlave[];
  /** The last that were recorded of it, the latest first; undefined where the journal cannot be read. */
  readonly records: readonly JournalRecord[] | undefined;
}

export interface WhySlave {
  readonly name: string;
  /** Microseconds since 1970; null before the first complete pass. */
  readonly syncPoint: number | null;
  /** Whether the next pass looks at it. */
  readonly dirty: boolean;
  /** The slave is not to have it. */
  readonly excluded: boolean;
  readonly reason: string;
  /** What waits on its account; null where nothing does. */
  readonly failure: PendingPath | null;
}

const MOST_RECORDS = 10;

/** Why a path is, or is not, on each slave. Changes nothing. */
export async function why(volume: Volume, path: BytePath): Promise<Why> {
  if (isState(path))
    throw new UserError(
      `Cannot tell about "${readable(path)}": it is a state folder, which is never shipped; give another path`,
      2,
    );
  const source = new LocalSource(volume);
  const state = State.open(volume);
  try {
    const found = lookAt(source, path);
    const slaves: WhySlave[] = [];
    for (const slave of state.slaves.list()) {
      const isExcluded = leavesOut(await selectedFor(slave, source), path);
      slaves.push(isExcluded ? excludedFrom(slave) : judge(slave, state.pending.of(slave.name), path, found));
    }
    const { entry, xtime, movedUs } = found;
    return { entry, xtime, movedUs, slaves, records: recordsOf(volume, path, entry) };
  } finally {
    state.close();
    source.close();
  }
}

interface Found extends Pick<Why, 'entry' | 'xtime' | 'movedUs'> {
  /** The mark of the nearest directory above that is there. */
  readonly aboveUs: Xtime;
}

function lookAt(source: Source, path: BytePath): Found {
  const entry = source.lstat(path);
  const own = entry && (isDirectory(entry) || isFile(entry)) ? source.marks(path) : undefined;
  let movedUs = own?.subtree || undefined;
  let aboveUs: Xtime | undefined;
  for (let at = path; at !== ''; ) {
    at = parentOf(at);
    const directory = source.lstat(at);
    if (!directory || !isDirectory(directory)) continue;
    const { xtime, subtree } = source.marks(at);
    aboveUs ??= xtime ?? 0;
    movedUs = Math.max(subtree ?? 0, movedUs ?? 0) || undefined;
  }
  return { entry, xtime: own?.xtime, movedUs, aboveUs: aboveUs ?? 0 };
}

function excludedFrom({ name, stimeUs }: SlaveRecord): WhySlave {
  const reason = 'it is excluded from this slave';
  return { name, syncPoint: stimeUs || null, dirty: false, excluded: true, reason, failure: null };
}

function judge(slave: SlaveRecord, pending: readonly PendingPath[], path: BytePath, found: Found): WhySlave {
  const failure = pending.find((one) => isMeant(one, path)) ?? null;
  const { dirty, reason } = failure ? { dirty: true, reason: reasonOf(failure, path) } : verdict(slave.stimeUs, found);
  return { name: slave.name, syncPoint: slave.stimeUs || null, dirty, excluded: false, reason, failure };
}

function isMeant({ path, whole }: PendingPath, wanted: BytePath): boolean {
  const pending = fromBytes(path);
  return pending === wanted || (whole && isAtOrBelow(wanted, pending));
}

function reasonOf({ kind, path, reason }: PendingPath, wanted: BytePath): string {
  const where = toBytes(wanted).equals(path) ? 'it' : 'a directory above it';
  if (kind === 'busy') return `${where} is still being written, and waits`;
  if (kind === 'look') return `${where} is to be looked at: ${reason}`;
  return kind === 'failed' ? `${where} could not be shipped` : `${where} was renamed while a pass ran`;
}

function verdict(stimeUs: Xtime, { entry, xtime, movedUs = 0, aboveUs }: Found): { dirty: boolean; reason: string } {
  const dirty = (reason: string) => ({ dirty: true, reason });
  const clean = (reason: string) => ({ dirty: false, reason });
  if (stimeUs === 0) return dirty('the first pass is not complete');
  if (!entry) {
    if (aboveUs > stimeUs) return dirty('there is no such object, and its directory changed after the sync point');
    return clean('there is no such object, and its directory has not changed since the sync point');
  }
  if (movedUs > stimeUs) return dirty('it was moved, or a directory above it was, after the sync point');
  if (xtime !== undefined)
    return xtime > stimeUs
      ? dirty('it changed after the sync point')
      : clean('it has not changed since the sync point');
  if (isDirectory(entry) || isFile(entry)) return clean('it has not changed since the volume is one');
  // Symlinks, devices, fifos and sockets carry no marks.
  if (aboveUs > stimeUs)
    return dirty('its directory changed after the sync point, and it can carry no mark of its own');
  return clean('its directory has not changed since the sync point');
}

function recordsOf(volume: Volume, path: BytePath, entry: Entry | undefined): JournalRecord[] | undefined {
  const reader = JournalReader.open(volume.stateDir);
  try {
    return reader?.lastOf(toBytes(path), entry, MOST_RECORDS);
  } finally {
    reader?.close();
  }
}
