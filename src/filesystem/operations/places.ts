import { ENOENT, native, O_CLOEXEC, O_NOFOLLOW, O_PATH, type Stat } from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import { node } from '../nodes/memory.js';
import { pathIn, whereabouts } from '../nodes/where.js';

/**
 * A name in a directory, and what stood there when it was looked at. The kernel keeps others from changing it
 * meanwhile.
 */
export interface Place {
  readonly parent: number;
  /** With its NUL. */
  readonly name: Buffer;
  /** Undefined when nothing stood there. */
  readonly stat: Stat | undefined;
  /** Its node; 0 when there is none. */
  readonly id: number;
}

/** Looks at a name, into `stat`. Returns −errno for errors other than ENOENT. */
export function placeAt(fs: Filesystem, parent: number, name: Buffer, stat: Stat): Place | number {
  const directory = fs.objects.directory(parent);
  if (directory < 0) return directory;
  const result = stat.read(directory, name);
  if (result === -ENOENT) return { parent, name, stat: undefined, id: 0 };
  if (result < 0) return result;
  return { parent, name, stat, id: fs.table.locked(() => fs.table.find(stat)) };
}

/** Its path in a buffer of its own; undefined when the directory has been removed. The lock is held. */
export function pathOfPlace(fs: Filesystem, { parent, name }: Place): Buffer | undefined {
  return pathIn(fs.table, parent, bare(name));
}

/** Runs `apply` as a change of names in these directories, with `targets` marked. */
export function changeNames(
  fs: Filesystem,
  targets: readonly number[],
  directories: readonly number[],
  apply: (epoch: number) => number,
): number {
  return fs.observer.change(targets, (epoch) => {
    for (const directory of directories) fs.table.changes.begin(directory);
    try {
      return apply(epoch);
    } finally {
      for (const directory of directories) fs.table.changes.end(directory);
    }
  });
}

/**
 * A descriptor of what is about to lose a name, in case that it was the last: its users still reach it through this. −1
 * where nobody knows it.
 */
export function keeperOf(place: Place, directory: number): number {
  return place.id === 0 ? -1 : native.openat(directory, place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
}

export function dismiss(keeper: number): void {
  if (keeper >= 0) native.close(keeper);
}

/** What stood at a place has lost that name on the source. The lock is held; the keeper is taken over. */
export function loseName(fs: Filesystem, place: Place, keeper: number): void {
  const { table } = fs;
  const { stat, id } = place;
  // Without a node there is no keeper.
  if (stat === undefined || id === 0) return;
  table.removeName(id, place.parent, bare(place.name));
  if (stat.nlink <= 1 || stat.isDirectory) table.retire(id);
  const stranded = table.get(id, node.firstName) === 0 && table.get(id, node.orphan) === 0;
  if (stranded && stat.nlink > 1 && !stat.isDirectory) table.set(id, node.stranded, 1);
  if (stranded && keeper >= 0) table.set(id, node.orphan, keeper + 1);
  else if (keeper >= 0) table.closeLater(keeper);
  table.freeIfUnused(id);
}

/**
 * The directories of an object's other names, where they are known. When one of several hard links goes, what changed
 * through it still stands under the others, whose directories may not be marked for it.
 */
export function otherDirectories(fs: Filesystem, place: Place): number[] {
  if (place.stat === undefined || place.id === 0 || place.stat.isDirectory || place.stat.nlink <= 1) return [];
  const others = whereabouts(fs.table, place.id).filter(
    ({ parent, name }) => parent !== place.parent || !name.equals(place.name),
  );
  return others.map(({ parent }) => parent);
}
