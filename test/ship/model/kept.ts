import type { BytePath } from '../../../src/slave/path.js';
import type { Change } from './daemon.js';
import { type Kind, MemoryTree } from './memory-tree.js';

/**
 * What a slave that keeps what is deleted has, if there is a pass after each change: a name, once there, stays with what it
 * had last, until something else takes its place.
 */
export class KeptTree {
  readonly #tree = new MemoryTree(3);

  /** `replaysRenames`: else a rename is something new, and something that stays. */
  constructor(
    private readonly source: MemoryTree,
    private readonly replaysRenames: boolean,
  ) {}

  follow(change: Change): void {
    if (this.replaysRenames && change.op === 'rename') this.#move([[change.path, change.path2]]);
    if (this.replaysRenames && change.op === 'exchange')
      this.#move([
        [change.path, change.path2],
        [change.path2, change.path],
      ]);
    for (const [path, { what, content }] of this.source.walk()) if (path !== '') this.#put(path, what, content);
  }

  describe(): string[] {
    return namesOf(this.#tree);
  }

  #move(moves: readonly [from: BytePath, to: BytePath][]): void {
    const taken = moves.map(([from, to]) => {
      const lines = [...this.#tree.walk(from, this.#tree.find(from)!)];
      const rows = lines.map(([path, { what, content }]) => ({ at: to + path.slice(from.length), what, content }));
      return { from, rows };
    });
    for (const { from } of taken) this.#tree.detach(from);
    for (const { at, what, content } of taken.flatMap(({ rows }) => rows)) this.#put(at, what, content);
  }

  #put(path: BytePath, what: Kind, content: number): void {
    const before = this.#tree.find(path);
    const inode = before?.what === what ? before : this.#tree.make(what);
    inode.content = content;
    if (inode !== before) this.#tree.detach(path);
    this.#tree.attach(path, inode);
  }
}

/** The names of a tree, and what they have. */
export function namesOf(tree: MemoryTree): string[] {
  return [...tree.walk()].map(([path, { what, content }]) => `${path}: ${what} ${content}`).sort();
}
