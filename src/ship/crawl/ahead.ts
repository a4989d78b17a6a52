import type { BytePath } from '../../slave/path.js';
import type { Slave } from '../../slave/slave.js';

/** Lists under way at once: a far slave answers many in the time of one. */
const WINDOW = 32;

/**
 * Lists of directories of the slave, asked for before they are needed. A list may so be older than what this pass has
 * written since: it lacks names that the source has, or had until a record told of their end, and it has names that are
 * looked for before they are removed.
 */
export class ListsAhead {
  readonly #asked = new Map<BytePath, Promise<Set<BytePath> | undefined>>();

  constructor(private readonly slave: Pick<Slave, 'list'>) {}

  get isFull(): boolean {
    return this.#asked.size >= WINDOW;
  }

  /** Asks for the lists of directories, those that come first, as far as there is room. */
  ask(directories: Iterable<BytePath>): void {
    for (const path of directories) {
      if (this.isFull) return;
      if (this.#asked.has(path)) continue;
      const list = this.slave.list(path);
      // It is awaited when it is taken, perhaps after it has failed.
      list.catch(() => undefined);
      this.#asked.set(path, list);
    }
  }

  /** The names in a directory of the slave; undefined where there is no directory. */
  take(path: BytePath): Promise<Set<BytePath> | undefined> {
    const list = this.#asked.get(path) ?? this.slave.list(path);
    this.#asked.delete(path);
    return list;
  }
}

/** The next ones of a stack, from its top. */
export function* fromTop<T>(stack: readonly T[]): Generator<T> {
  for (let at = stack.length - 1; at >= Math.max(0, stack.length - WINDOW); at--) yield stack[at]!;
}
