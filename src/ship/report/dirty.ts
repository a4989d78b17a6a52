import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState, join, nameOf, parentOf } from '../../slave/path.js';
import type { Source } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';

/** Something that changed after a sync point, with what changed below it. */
export interface Dirty {
  readonly name: BytePath;
  readonly kind: 'directory' | 'file';
  /** Changed objects at and below it: a directory in which only names changed is one. */
  readonly objects: number;
  /** The size of these that are files: what a transfer has to go through at most. */
  readonly bytes: number;
  /** The marks of these: the first and the last time. */
  readonly oldestUs: Xtime;
  readonly newestUs: Xtime;
  /** It was moved: everything below counts as changed. */
  readonly whole: boolean;
  /** There may be more below it: it was not looked at to the end. */
  readonly cut: boolean;
  readonly children: readonly Dirty[];
}

export interface DirtyOptions {
  /** Where to begin; the root where it is not given. */
  readonly path?: BytePath;
  /** So many objects are looked at; what is not reached is `cut`. The upper levels come first. */
  readonly most?: number;
}

interface Found extends Dirty {
  objects: number;
  bytes: number;
  oldestUs: Xtime;
  newestUs: Xtime;
  cut: boolean;
  readonly children: Found[];
}

/** A directory that is to be entered. */
interface Open {
  readonly found: Found;
  readonly path: BytePath;
  /** Everything in it counts as changed at this time; undefined where its marks tell. */
  readonly wholeUs: Xtime | undefined;
}

/**
 * The dirty subtrees of a slave with this sync point, as the marks tell: directories that are not marked later are not
 * entered. Undefined where nothing is dirty. Objects that cannot carry marks (symlinks, devices) are not counted, their
 * directory is.
 */
export function findDirty(
  source: Source,
  stimeUs: Xtime,
  { path = '', most = Number.POSITIVE_INFINITY }: DirtyOptions = {},
): Dirty | undefined {
  source.forget();
  const above = stimeUs === 0 ? 0 : movedAbove(source, path, stimeUs);
  const root = look(source, stimeUs, path, above);
  if (!root) return undefined;
  const opened: Open[] = root.found.kind === 'directory' ? [root] : [];
  let looked = 0;
  // Grows while it is gone through: level after level.
  for (const open of opened) {
    for (const { name } of looked < most ? (source.list(open.path) ?? []) : []) {
      const inner = join(open.path, name);
      const next = isState(inner) ? undefined : look(source, stimeUs, inner, open.wholeUs);
      if (next) open.found.children.push(next.found);
      if (next?.found.kind === 'directory') opened.push(next);
      if (++looked >= most) break;
    }
    open.found.cut = looked >= most;
  }
  for (const { found } of opened.reverse()) sumUp(found);
  return root.found;
}

/** The time at which a directory above a path was moved, with all below it; undefined where none was. */
function movedAbove(source: Source, path: BytePath, stimeUs: Xtime): Xtime | undefined {
  for (let above = path; above !== ''; ) {
    above = parentOf(above);
    const { subtree } = source.marks(above);
    if (subtree !== undefined && subtree > stimeUs) return subtree;
  }
  return undefined;
}

function look(source: Source, stimeUs: Xtime, path: BytePath, aboveUs: Xtime | undefined): Open | undefined {
  const entry = source.lstat(path);
  if (!entry || !(isDirectory(entry) || isFile(entry))) return undefined;
  const { xtime, subtree } = source.marks(path);
  const moved = subtree !== undefined && subtree > stimeUs;
  const wholeUs = moved ? Math.max(subtree, aboveUs ?? 0) : aboveUs;
  const timeUs = Math.max(xtime ?? 0, wholeUs ?? 0);
  if (wholeUs === undefined && timeUs <= stimeUs) return undefined;
  const kind = isDirectory(entry) ? 'directory' : 'file';
  const times = { oldestUs: timeUs, newestUs: timeUs };
  const bytes = kind === 'file' ? Number(entry.size) : 0;
  const found: Found = {
    name: nameOf(path),
    kind,
    objects: 1,
    bytes,
    ...times,
    whole: moved,
    cut: false,
    children: [],
  };
  return { found, path, wholeUs };
}

/** A directory is marked with all that changes below it: its own time is of interest only where nothing below is. */
function sumUp(found: Found): void {
  const { children } = found;
  if (children.length === 0) return;
  found.objects = children.reduce((sum, { objects }) => sum + objects, 0);
  found.bytes = children.reduce((sum, { bytes }) => sum + bytes, 0);
  found.oldestUs = children.reduce((oldest, child) => Math.min(oldest, child.oldestUs), Number.POSITIVE_INFINITY);
  found.newestUs = children.reduce((newest, child) => Math.max(newest, child.newestUs), 0);
  found.cut ||= children.some(({ cut }) => cut);
}
