import type { BytePath } from '../../slave/path.js';
import { type ObjectId, objectId } from '../../slave/slave.js';
import { unlessDenied } from '../failures/denied.js';
import { greater } from '../fold/node.js';
import { hasLinks, type Item, isFile, type Unit } from '../transfer/units.js';
import type { PlainWork } from './work.js';

/** Gathers what rsync must have in one list: all names that the source has for an object. */
export class Names {
  /** Objects with several names of which not all have been seen. */
  readonly #waiting = new Map<ObjectId, Map<BytePath, Item>>();
  readonly #seen = new Set<ObjectId>();
  /** Names that nothing told of. */
  readonly #found = new Set<BytePath>();

  constructor(private readonly work: PlainWork) {}

  *add(item: Item): Generator<Unit> {
    const id = objectId(item.entry);
    this.#seen.add(id);
    if (!hasLinks(item.entry)) return yield unitOf([item]);
    const names = this.#waiting.get(id) ?? new Map<BytePath, Item>();
    this.#waiting.set(id, names.set(item.path, item));
    // Not without another look: some of them may be names of something else by now.
    if (names.size < item.entry.nlink || !this.#addNames(id, [])) return;
    const all = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    yield unitOf([...all.values()]);
  }

  /** Gives out the rest, and what changed under names that it has no more, with the names that nothing told of. */
  *finish(changed: ReadonlySet<ObjectId>): Generator<Unit> {
    const strays = [...changed].filter((id) => !this.#seen.has(id));
    const asked = [...this.#waiting.keys(), ...strays];
    this.work.source.forget();
    const unknown = new Set(asked.filter((id) => !this.#addNames(id, this.#indexed(id))));
    if (unknown.size > 0) {
      const found = this.work.source.all.findNames(unknown);
      for (const id of unknown) this.#addNames(id, found);
    }
    // If the pass is cut between two names of an object, they are different ones on the slave, and no record tells.
    if (this.#found.size > 0) this.work.remember(this.#found);
    for (const names of this.#waiting.values()) yield unitOf([...names.values()]);
  }

  #indexed(id: ObjectId): BytePath[] {
    const [dev, ino] = id.split(':') as [string, string];
    return this.work.links.namesOf(Number(dev), BigInt(ino));
  }

  /**
   * Adds those of some paths that are names of an object and not left out; answers whether all that it has are among
   * them.
   */
  #addNames(id: ObjectId, paths: readonly BytePath[]): boolean {
    const names = this.#waiting.get(id) ?? new Map<BytePath, Item>();
    const { source } = this.work;
    let nlink = Number.POSITIVE_INFINITY;
    let found = 0;
    for (const path of new Set([...paths, ...names.keys()])) {
      const entry = unlessDenied(() => source.all.lstat(path));
      if (!entry || objectId(entry) !== id) {
        names.delete(path);
        continue;
      }
      nlink = entry.nlink;
      found++;
      if (source.selection.excludes(path, false)) continue;
      if (!names.has(path)) this.#found.add(path);
      const { effort, failedBefore } = names.get(path) ?? { effort: 'compare', failedBefore: false };
      names.set(path, { path, effort, entry, before: undefined, failedBefore });
    }
    if (names.size > 0) this.#waiting.set(id, names);
    else this.#waiting.delete(id);
    return found >= nlink;
  }
}

/** Nobody sees whether what the slave has has holes, too: see the other one of this name. */
function unitOf(items: readonly Item[]): Unit {
  const efforts = items.map(({ effort, entry }) => (isFile(entry) && entry.hasHoles ? 'write' : effort));
  return { items, effort: efforts.reduce((one, other) => greater(one, other) as Item['effort']) };
}
