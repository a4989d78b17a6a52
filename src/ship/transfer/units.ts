import type { BytePath } from '../../slave/path.js';
import { type Entry, type ObjectId, objectId } from '../../slave/slave.js';
import { S_IFDIR, S_IFREG } from '../../syscalls/index.js';
import type { Effort } from '../fold/node.js';

/** A path that is to be shipped: what the source has there, and what the slave has there. */
export interface Item {
  readonly path: BytePath;
  readonly effort: Exclude<Effort, 'none'>;
  readonly entry: Entry;
  readonly before: Entry | undefined;
  /** It failed in the pass before. */
  readonly failedBefore: boolean;
}

/** What must go to rsync together: one path, or all names of an object. */
export interface Unit {
  readonly items: readonly Item[];
  readonly effort: Exclude<Effort, 'none'>;
}

export function isDirectory(entry: Pick<Entry, 'kind'>): boolean {
  return entry.kind === S_IFDIR;
}

export function isFile(entry: Pick<Entry, 'kind'>): boolean {
  return entry.kind === S_IFREG;
}

/** The files among them; all names of one are one. */
export function filesOf(units: readonly Unit[]): Entry[] {
  return units.flatMap(({ items: [first] }) => (first && isFile(first.entry) ? [first.entry] : []));
}

/** The content of the files among them. */
export function contentOf(units: readonly Unit[]): number {
  return filesOf(units).reduce((sum, { size }) => sum + Number(size), 0);
}

/** Whether an object has several names, or its name is one of several of another object on the slave. */
export function isLinked({ entry, before }: Item): boolean {
  return hasLinks(entry) || (before !== undefined && hasLinks(before));
}

export function hasLinks(entry: Entry): boolean {
  return !isDirectory(entry) && entry.nlink > 1;
}

/**
 * The objects at these names on the slave that have other names there too. Their links must be cut, not written
 * through, and what the other names show is not what this unit brings.
 */
export function foreignLinks(items: readonly Item[]): Set<ObjectId> {
  const here = new Map<ObjectId, number>();
  const linked = items.flatMap(({ before }) => (before && !isDirectory(before) ? [before] : []));
  for (const before of linked) here.set(objectId(before), (here.get(objectId(before)) ?? 0) + 1);
  return new Set(linked.filter((before) => before.nlink > here.get(objectId(before))!).map(objectId));
}

/** What arrived while its file was without holes is full on the slave, and its content is right. */
function lacksHoles(entry: Entry, before: Entry): boolean {
  return isFile(entry) && entry.hasHoles && !before.hasHoles;
}

/**
 * A unit of all names of one object. rsync -c leaves a file alone whose content is right, also where it is linked to
 * the wrong names, or full where it is to have holes: comparing is enough only where the slave has one object under no
 * other names, of this kind and size, and with holes where the source has some.
 */
export function unitOf(items: readonly Item[]): Unit {
  const present = items.flatMap(({ before }) => (before ? [before] : []));
  const first = items[0]!.entry;
  const alike = present.every(({ kind, size }) => kind === first.kind && (kind === S_IFDIR || size === first.size));
  const one = new Set(present.map(objectId)).size === 1 && foreignLinks(items).size === 0;
  const compare =
    alike &&
    one &&
    !present.some((before) => lacksHoles(first, before)) &&
    items.every(({ effort }) => effort === 'compare');
  return { items, effort: compare ? 'compare' : 'write' };
}
