import { type BytePath, join } from '../../slave/path.js';
import type { ObjectId } from '../../slave/slave.js';
import type { PendingPath } from '../../volume/pending.js';

/**
 * How sure it is that an object's content changed. `compare`: rsync is to look (-c); `write`: it is to be sent (-I).
 */
export type Effort = 'none' | 'compare' | 'write';

const RANK: Readonly<Record<Effort, number>> = { none: 0, compare: 1, write: 2 };

export function greater(one: Effort, other: Effort): Effort {
  return RANK[one] >= RANK[other] ? one : other;
}

/** One name in the overlay: what the records say of it, laid over what the slave has. */
export class Node {
  name: BytePath = '';
  /** The directory that it is in; undefined for the root and for a node taken out. */
  parent: Node | undefined;
  /** The names below that records spoke of. */
  readonly children = new Map<BytePath, Node>();
  /**
   * Where the slave has this object, as of the fold's beginning: a path; null where it has none, because it was made
   * since; undefined where it is what its place in its directory says.
   */
  origin: BytePath | null | undefined;
  effort: Effort = 'none';
  /** The source's object, where a record told. */
  id: ObjectId | undefined;
  /** It was given another name. */
  linked = false;
  /** Everything below is to be compared too: nothing is known of what the slave has there. */
  whole = false;
  /** The name was vacated. */
  gone = false;
  /** It was renamed: after the move the slave's object is to be looked at. */
  moved = false;
  /** When a record of this span first told of a change of it; undefined where none did. */
  sinceUs: number | undefined;
  /** It is here because a pass before could not finish it. */
  pending: PendingPath | undefined;

  /** Its path in the source at the fold's end. */
  get path(): BytePath {
    return this.parent ? join(this.parent.path, this.name) : this.name;
  }

  /** Where the slave has this object as of the fold's beginning; null where it has none. */
  get source(): BytePath | null {
    return this.origin !== undefined ? this.origin : this.inherited;
  }

  /** Where the slave would have it if it had only gone along with its directory. */
  get inherited(): BytePath | null {
    if (!this.parent) return this.name;
    const above = this.parent.source;
    return above === null ? null : join(above, this.name);
  }

  /** Whether the slave may have anything below it: a new object's name may have been that of a directory before. */
  get isUnknown(): boolean {
    return this.whole || this.source === null;
  }

  /** Whether it, or a directory above, is whole. */
  get underWhole(): boolean {
    return this.whole || (this.parent?.underWhole ?? false);
  }

  /** Whether the slave has it and a rename has to be replayed. */
  get isMove(): boolean {
    return !this.gone && typeof this.origin === 'string' && this.origin !== this.inherited;
  }

  /** Whether the records say anything of it: most nodes are only on the way to others. */
  get isConsidered(): boolean {
    return this.gone || this.moved || this.whole || this.effort !== 'none';
  }

  raise(effort: Effort): void {
    this.effort = greater(this.effort, effort);
  }

  /** Takes it out of its directory, with all that is below it. */
  detach(): void {
    this.parent?.children.delete(this.name);
    this.parent = undefined;
  }

  /** Puts a node at a name of this directory, instead of what was there. */
  attach(name: BytePath, node: Node): Node {
    this.children.get(name)?.detach();
    node.name = name;
    node.parent = this;
    this.children.set(name, node);
    return node;
  }

  /** It and all below, directories first. */
  *below(): Generator<Node> {
    yield this;
    for (const child of this.children.values()) yield* child.below();
  }
}
