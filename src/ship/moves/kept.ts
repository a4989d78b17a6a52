import type { Move } from '../../slave/manifest.js';
import { ancestorsOf, type BytePath, isState, join, parentOf } from '../../slave/path.js';
import type { Node } from '../fold/node.js';
import { isDirectory } from '../transfer/units.js';
import type { Work } from '../work.js';

/**
 * Where a directory is moved to the name of another one, which is no more: the moves that bring along what the slave keeps
 * in that one. What has a counterpart in the moved directory is replaced by it.
 */
export async function keptMoves(work: Work, moved: readonly Node[]): Promise<Move[]> {
  if (!work.wanted.keepsDeleted) return [];
  const keeping = new Keeping(work, moved);
  const places = moved.map(placeOf);
  const entries = await work.slave.stat(places);
  for (const [at, node] of moved.entries()) {
    const place = places[at]!;
    // It may go elsewhere with a directory above it.
    if (entries[at] && keeping.endOf(place) === node.path) await keeping.merge(place, node.source!, node.path);
  }
  return keeping.moves;
}

/** Where the slave has, before the moves, what a move would take the place of: directories above it may be moved, too. */
function placeOf({ parent, name }: Node): BytePath {
  return parent ? join(parent.source ?? placeOf(parent), name) : name;
}

class Keeping {
  readonly moves: Move[] = [];
  /** The moved objects, by where the slave has them, and by where they go. */
  readonly #leaving: ReadonlyMap<BytePath, Node>;
  readonly #coming: ReadonlyMap<BytePath, Node>;
  /** Directories into which some go. */
  readonly #entered = new Set<BytePath>();

  constructor(
    private readonly work: Work,
    moved: readonly Node[],
  ) {
    this.#leaving = new Map(moved.map((node) => [node.source!, node]));
    this.#coming = new Map(moved.map((node) => [node.path, node]));
    for (const { path } of moved)
      for (let at = parentOf(path); at !== '' && !this.#entered.has(at); at = parentOf(at)) this.#entered.add(at);
  }

  /** Where that is after the moves which the slave has at a path before. */
  endOf(path: BytePath): BytePath {
    for (const above of [...ancestorsOf(path), path].reverse()) {
      const node = this.#leaving.get(above);
      if (node) return node.path + path.slice(above.length);
    }
    return path;
  }

  /**
   * What a directory of the slave holds is to be in another one, which will be at `to`; undefined: one that is made.
   */
  async merge(kept: BytePath, other: BytePath | undefined, to: BytePath): Promise<void> {
    if (this.#leaving.has(kept) || !(await this.#areDirectories(kept, other))) return;
    const { slave } = this.work;
    const counterparts = (other !== undefined && (await slave.list(other))) || new Set<BytePath>();
    for (const name of (await slave.list(kept)) ?? []) {
      const [from, at] = [join(kept, name), join(to, name)];
      if (this.#leaving.has(from) || isState(from)) continue;
      const coming = this.#coming.get(at);
      const counterpart = other !== undefined && counterparts.has(name) ? join(other, name) : undefined;
      if (coming) await this.merge(from, coming.source!, at);
      else if (counterpart !== undefined && !this.#leaving.has(counterpart)) await this.merge(from, counterpart, at);
      else if (this.#entered.has(at)) await this.merge(from, undefined, at);
      else this.moves.push({ from, to: at });
    }
  }

  async #areDirectories(kept: BytePath, other: BytePath | undefined): Promise<boolean> {
    const entries = await this.work.slave.stat(other === undefined ? [kept] : [kept, other]);
    return entries.every((entry) => entry !== undefined && isDirectory(entry));
  }
}
