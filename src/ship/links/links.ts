import { type BytePath, parentOf } from '../../slave/path.js';
import { type Entry, type ObjectId, objectId } from '../../slave/slave.js';
import { cutLinks, look } from '../examine.js';
import { unlessDenied } from '../failures/denied.js';
import {
  foreignLinks,
  hasLinks,
  type Item,
  isDirectory,
  isFile,
  isLinked,
  type Unit,
  unitOf,
} from '../transfer/units.js';
import type { Candidate, Work } from '../work.js';
import { noteLinkedBelow } from './linked-below.js';

/** Candidates looked at together: one question to the slave. */
const CHUNK = 512;

/**
 * Looks at candidates and gathers those that rsync must have together: all names of an object, on the source and on the
 * slave.
 */
export async function* unitsOf(work: Work, candidates: AsyncIterable<Candidate>): AsyncGenerator<Unit> {
  const gather = new Gather(work);
  const most = Math.min(CHUNK, work.transfer.mostPaths ?? CHUNK);
  for await (const chunk of chunks(candidates, most)) yield* gather.add(await look(work, chunk));
  yield* gather.finish();
}

/** The names of one object that have been seen. */
type Names = Map<BytePath, Item>;

class Gather {
  /** Objects with several names, by the source's inode, until all of their names are seen. */
  readonly #objects = new Map<ObjectId, Names>();
  readonly #complete = new Set<ObjectId>();
  /** What has links on the slave. */
  readonly #deferred: Item[][] = [];
  readonly #searchedSource = new Set<ObjectId>();
  readonly #searchedSlave = new Set<ObjectId>();

  constructor(private readonly work: Work) {}

  async *add(items: readonly Item[]): AsyncGenerator<Unit> {
    for (const item of items) {
      if (!isLinked(item) && !this.work.named.has(item.path)) yield unitOf([item]);
      else if (!hasLinks(item.entry)) yield* this.#settle([item]);
      else yield* this.#addName(item);
    }
  }

  /** Finds the names that no candidate named, until there are none left, and then gives out what waits. */
  async *finish(): AsyncGenerator<Unit> {
    await noteLinkedBelow(this.work, this.work.deletes);
    for (let more = true; more; ) {
      const candidates = await this.#named([...(await this.#staleNames()), ...this.#missingNames()]);
      yield* this.add(await look(this.work, candidates));
      more = candidates.length > 0;
    }
    for (const [id, names] of this.#objects) if (!this.#complete.has(id)) yield* this.#settle([...names.values()]);
    if (this.#deferred.length > 0) await this.work.saveManifest();
    for (const items of this.#deferred) yield* this.#emit(items);
  }

  async *#addName(item: Item): AsyncGenerator<Unit> {
    const id = objectId(item.entry);
    const names = this.#objects.get(id) ?? new Map<BytePath, Item>();
    this.#objects.set(id, names.set(item.path, item));
    if ([...names.values()].some(({ entry }) => entry.nlink !== item.entry.nlink)) this.#dropMissing(names, id);
    if (names.size === 0) this.#objects.delete(id);
    if (names.size < item.entry.nlink) return;
    // One name more than there are, where it was renamed meanwhile: all of them once more.
    this.#complete.add(id);
    yield* this.#settle([...names.values()]);
  }

  /** A name came or went while they were gathered. */
  #dropMissing(names: Names, id: ObjectId): void {
    for (const path of names.keys()) {
      if (this.#isName(path, id)) continue;
      names.delete(path);
      this.work.vanished(path);
    }
  }

  /**
   * rsync writes a new object under each name: what would cut links of the slave waits until it is written down which.
   * For if the pass is cut, the names that it did not come to still show the old content, and nothing else tells when
   * the name that did change is gone by then. So does a name that no record told of: after the renames of this pass's time
   * the next one finds the object there under another.
   */
  async *#settle(items: Item[]): AsyncGenerator<Unit> {
    const { work } = this;
    // It begins with everything anew.
    if (work.crawl === 'initial') return yield* this.#emit(items);
    const isSafe = ({ path, before }: Item): boolean => !work.named.has(path) && !(before && hasLinks(before));
    if (items.every(isSafe)) return yield* this.#emit(items);
    for (const { path } of items) work.lost.add(path);
    // The marks do not tell of a change whose name is gone: the slave's other names of that object are in directories
    // that are not dirty.
    if (work.crawl === 'walk') for (const id of foreignLinks(items)) work.stale.add(id);
    this.#deferred.push(items);
  }

  async *#emit(items: readonly Item[]): AsyncGenerator<Unit> {
    if (!needsCut(items) || (await cutLinks(this.work, items))) yield unitOf(items);
  }

  /** The names on the slave of objects that may be old there. */
  async #staleNames(): Promise<BytePath[]> {
    const { work } = this;
    const stale = new Set([...work.stale].filter((id) => !this.#searchedSlave.has(id)));
    if (stale.size === 0) return [];
    await work.saveManifest();
    for (const id of stale) this.#searchedSlave.add(id);
    const paths = (await work.slave.findNames(stale)).filter((path) => !work.deletes.has(path));
    return paths;
  }

  /**
   * The names on the source of objects of which some, or none, are known: from the index, or else from the source
   * itself.
   */
  #missingNames(): BytePath[] {
    const { source, strays } = this.work;
    const seen = [...this.#objects.keys()].filter((id) => !this.#complete.has(id));
    const asked = [...seen, ...strays].filter((id) => !this.#searchedSource.has(id));
    if (asked.length === 0) return [];
    source.forget();
    const unknown = new Set<ObjectId>();
    const paths: BytePath[] = [];
    for (const id of asked) {
      this.#searchedSource.add(id);
      const known = this.#indexed(id);
      if (known) paths.push(...known.filter((path) => !this.#objects.get(id)?.has(path)));
      else unknown.add(id);
    }
    if (unknown.size > 0) paths.push(...this.#scan(unknown));
    // Also what is not there any more: then it was renamed meanwhile, and is to be noted.
    return paths.filter((path) => !source.selection.excludes(path, false));
  }

  /**
   * The names that the index has for an object, what is left out too, if together with those that were seen they are all
   * that it has now.
   */
  #indexed(id: ObjectId): BytePath[] | undefined {
    const [dev, ino] = id.split(':') as [string, string];
    const known = this.work.links.namesOf(Number(dev), BigInt(ino));
    const seen = this.#objects.get(id)?.keys() ?? [];
    let nlink = Number.POSITIVE_INFINITY;
    // One look for both questions: in between the name may become another object's.
    const names = [...new Set([...known, ...seen])].filter((path) => {
      const entry = unlessDenied(() => this.work.source.all.lstat(path));
      if (!entry || objectId(entry) !== id) return false;
      nlink = entry.nlink;
      return true;
    });
    return names.length >= nlink ? names : undefined;
  }

  #scan(objects: ReadonlySet<ObjectId>): BytePath[] {
    const { links, source } = this.work;
    const paths = source.all.findNames(objects);
    for (const path of paths) {
      const entry = source.all.lstat(path);
      if (entry) links.add(path, entry.dev, entry.ino);
    }
    return paths;
  }

  #isName(path: BytePath, id: ObjectId): boolean {
    const entry = this.work.source.lstat(path);
    return entry !== undefined && objectId(entry) === id;
  }

  /**
   * Names that no record and no mark told of, as candidates. Where the slave lacks the directory, the name is one from
   * after a rename that the slave will only see in the next pass: to ship it now would make directories that nothing
   * removes.
   */
  async #named(paths: readonly BytePath[]): Promise<Candidate[]> {
    const { work } = this;
    work.counts.considered += paths.length;
    for (const path of paths) work.named.add(path);
    const parents = await work.slave.stat(paths.map(parentOf));
    const reachable = paths.filter((_, at) => parents[at] && isDirectory(parents[at]));
    return reachable.map((path) => ({ path, effort: 'compare' }));
  }
}

/**
 * Symlinks and special files are changed where they are, for all names that the slave's object has. What is another kind on
 * the source may be one of these when rsync comes to it.
 */
function needsCut(items: readonly Item[]): boolean {
  if (items.some(({ entry }) => isDirectory(entry))) return false;
  const isChangedInPlace = items.some(({ entry, before = entry }) => isSpecial(entry) || isSpecial(before));
  return isChangedInPlace && items.some(isLinked) && unitOf(items).effort === 'write';
}

function isSpecial(entry: Entry): boolean {
  return !isFile(entry) && !isDirectory(entry);
}

async function* chunks(candidates: AsyncIterable<Candidate>, most: number): AsyncGenerator<Candidate[]> {
  let chunk: Candidate[] = [];
  for await (const candidate of candidates) {
    if (chunk.push(candidate) < most) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
