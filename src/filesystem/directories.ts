import { native } from '../syscalls/index.js';
import { node } from './nodes/memory.js';
import { type NodeTable, rootNode } from './nodes/table.js';

interface Held {
  readonly fd: number;
  readonly generation: number;
}

/**
 * Descriptors (O_PATH) of directories used lately. Each thread has its own: a descriptor that another thread could
 * close at any moment might by then mean another directory. Bounded, so that a tree of any size fits any limit of open
 * files.
 */
export class DirectoryCache {
  readonly #held = new Map<number, Held>();

  constructor(
    private readonly table: NodeTable,
    /** The root, open for the life of the daemon. */
    private readonly rootFd: number,
    private readonly capacity: number,
  ) {}

  /** The descriptor held of a directory; undefined when there is none. Valid until the next {@link put}. */
  get(id: number): number | undefined {
    if (id === rootNode) return this.rootFd;
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    this.#held.delete(id);
    if (held.generation !== this.table.get(id, node.generation)) {
      native.close(held.fd);
      return undefined;
    }
    // Last used, last in the map's order.
    this.#held.set(id, held);
    return held.fd;
  }

  /** Takes over a descriptor. The one unused for longest is closed when there are too many. */
  put(id: number, fd: number): void {
    const replaced = this.#held.get(id);
    if (replaced !== undefined) native.close(replaced.fd);
    this.#held.set(id, { fd, generation: this.table.get(id, node.generation) });
    if (this.#held.size <= this.capacity) return;
    const [oldest, held] = this.#held.entries().next().value!;
    this.#held.delete(oldest);
    native.close(held.fd);
  }
}
