import { Operation } from '../../journal/record.js';
import { AT_REMOVEDIR, ENOENT, native } from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import {
  changeNames,
  dismiss,
  keeperOf,
  loseName,
  otherDirectories,
  type Place,
  pathOfPlace,
  placeAt,
} from './places.js';

export function unlink(fs: Filesystem, parent: number, name: Buffer): number {
  return remove(fs, parent, name, 0, Operation.unlink);
}

export function rmdir(fs: Filesystem, parent: number, name: Buffer): number {
  return remove(fs, parent, name, AT_REMOVEDIR, Operation.rmdir);
}

function remove(fs: Filesystem, parent: number, name: Buffer, flags: number, operation: Operation): number {
  if (fs.hidden.isEntry(parent, bare(name))) return -ENOENT;
  const place = placeAt(fs, parent, name, fs.stat);
  if (typeof place === 'number') return place;
  if (place.stat === undefined) return -ENOENT;
  const others = otherDirectories(fs, place);
  return changeNames(fs, [parent, ...others], [parent], () => {
    const directory = fs.objects.directory(parent);
    if (directory < 0) return directory;
    const keeper = keeperOf(place, directory);
    const result = native.unlinkat(directory, name, flags);
    if (result < 0) dismiss(keeper);
    else fs.table.locked(() => removed(fs, place, operation, keeper));
    return result;
  });
}

function removed(fs: Filesystem, place: Place, operation: Operation, keeper: number): void {
  const { inoLow, inoHigh, dev } = place.stat!;
  const path = pathOfPlace(fs, place);
  if (path !== undefined) fs.observer.record(operation, dev, inoLow, inoHigh, path, null);
  loseName(fs, place, keeper);
  fs.observed.withOtherNames(place.id, (other) =>
    fs.observer.record(Operation.data, dev, inoLow, inoHigh, other, null),
  );
}
