import { type BytePath, nameOf, namesOf, parentOf } from '../../slave/path.js';
import type { ObjectId } from '../../slave/slave.js';
import { type Effort, Node } from './node.js';

/**
 * What a span of records makes of the tree, laid over what the slave has: many changes of one object are one, a rename
 * carries along all that is known below it, a deleted directory swallows what was below.
 */
export class Overlay {
  readonly root = new Node();
  /**
   * Names that a changed object had on the slave and has no more, and the source's object. Where it has other names,
   * they show the old content on the slave, and no record tells of them.
   */
  readonly orphans = new Map<BytePath, ObjectId | undefined>();
  /** The same, where the slave may have something else at that name by now. */
  readonly strays = new Set<ObjectId>();

  /**
   * The records that come now tell of what happened while a pass ran: the slave may have something later under any name
   * that they speak of.
   */
  isUnsettled = false;

  /** Nothing happened. */
  get isEmpty(): boolean {
    return this.root.children.size === 0 && !this.root.isConsidered;
  }

  /** A new object at a path, whatever was there. */
  create(path: BytePath, effort: Effort, id?: ObjectId): Node {
    const parent = this.#parent(path);
    this.#displace(this.#child(parent, nameOf(path)));
    const node = parent.attach(nameOf(path), new Node());
    node.origin = null;
    node.effort = effort;
    node.id = id;
    return node;
  }

  /** The object at a path changed. */
  touch(path: BytePath, effort: Effort, id?: ObjectId): Node {
    const node = this.#locate(path);
    node.raise(effort);
    node.id = id ?? node.id;
    return node;
  }

  /** The object at a path is gone. */
  vacate(path: BytePath, id?: ObjectId): void {
    const parent = this.#parent(path);
    const node = this.#child(parent, nameOf(path));
    node.id = id ?? node.id;
    this.#displace(node);
    this.#entomb(parent, nameOf(path));
  }

  /** The object at one path is at another now, instead of what was there. */
  move(from: BytePath, to: BytePath, id?: ObjectId): void {
    const node = this.#detach(from);
    node.id = id ?? node.id;
    const target = this.#parent(to);
    this.#displace(this.#child(target, nameOf(to)));
    this.#entomb(this.#parent(from), nameOf(from));
    target.attach(nameOf(to), node);
  }

  /** The objects at two paths changed places. */
  exchange(one: BytePath, other: BytePath): void {
    const first = this.#detach(one);
    const second = this.#detach(other);
    this.#parent(other).attach(nameOf(other), first);
    this.#parent(one).attach(nameOf(one), second);
  }

  /** The slave has replayed all moves of this span: from here on objects are where their paths say. */
  rebase(): void {
    for (const node of this.root.below()) if (typeof node.origin === 'string') node.origin = node.path;
    this.orphans.clear();
  }

  /** What is known at a path, if anything: tombstones too. */
  find(path: BytePath): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of namesOf(path)) node = node?.children.get(name);
    return node;
  }

  /** All nodes, directories first. */
  nodes(): Generator<Node> {
    return this.root.below();
  }

  /** The directory of a path, whose time an entry operation changes. */
  #parent(path: BytePath): Node {
    const parent = this.#locate(parentOf(path));
    parent.raise('compare');
    return parent;
  }

  /** The node of a path, made where the records did not speak of it yet. */
  #locate(path: BytePath): Node {
    let node = this.root;
    for (const name of namesOf(path)) node = this.#present(this.#child(node, name));
    return node;
  }

  #child(parent: Node, name: BytePath): Node {
    return parent.children.get(name) ?? parent.attach(name, new Node());
  }

  /**
   * The object of a name. Records are in the order of the changes, so none speaks of a vacated name; if one does,
   * nothing is known of it.
   */
  #present(node: Node): Node {
    if (!node.gone) return node;
    Object.assign(node, { gone: false, origin: null, effort: 'write', whole: true });
    return node;
  }

  /** Takes an object out of its place, with all that is known of it written down where it was inherited. */
  #detach(path: BytePath): Node {
    const parent = this.#parent(path);
    const node = this.#present(this.#child(parent, nameOf(path)));
    node.origin = node.source;
    if (node.underWhole) {
      node.whole = true;
      node.raise('compare');
    }
    node.moved = true;
    node.detach();
    return node;
  }

  #entomb(parent: Node, name: BytePath): void {
    parent.attach(name, new Node()).gone = true;
  }

  #displace(node: Node): void {
    if (node.gone || (node.effort === 'none' && !node.underWhole)) return;
    if (node.source !== null) this.orphans.set(node.source, node.id);
    const isUnsettled = this.isUnsettled && node.source !== null;
    if (node.id && (isUnsettled || node.pending || node.underWhole)) this.strays.add(node.id);
  }
}
