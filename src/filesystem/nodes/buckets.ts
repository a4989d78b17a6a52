import { type Stat, statx } from '../../syscalls/index.js';
import { node, nodeWords } from './memory.js';

/** The hash table from an object's identity (dev, ino, birth) to its node. The caller holds the table's lock. */
export class Buckets {
  readonly #heads: Uint32Array;
  readonly #words: Uint32Array;

  constructor(heads: SharedArrayBuffer, nodes: SharedArrayBuffer) {
    this.#heads = new Uint32Array(heads);
    this.#words = new Uint32Array(nodes);
  }

  /** The node of an object; 0 when there is none. */
  find(stat: Stat): number {
    let id = this.#heads[this.#bucketOf(stat.inoLow, stat.inoHigh, stat.dev)]!;
    while (id !== 0 && !this.isObject(id, stat)) id = this.#words[id * nodeWords + node.next]!;
    return id;
  }

  /** Whether `stat` describes this node's object. A node's identity never changes: this needs no lock. */
  isObject(id: number, stat: Stat): boolean {
    const at = id * nodeWords;
    const words = this.#words;
    return (
      words[at + node.inoLow] === stat.inoLow &&
      words[at + node.inoHigh] === stat.inoHigh &&
      words[at + node.dev] === stat.dev &&
      words[at + node.birth] === birthOf(stat)
    );
  }

  /** Gives a node the identity of an object, and puts it in its bucket. */
  insert(id: number, stat: Stat): void {
    const at = id * nodeWords;
    this.#words[at + node.inoLow] = stat.inoLow;
    this.#words[at + node.inoHigh] = stat.inoHigh;
    this.#words[at + node.dev] = stat.dev;
    this.#words[at + node.birth] = birthOf(stat);
    const bucket = this.#bucketOf(stat.inoLow, stat.inoHigh, stat.dev);
    this.#words[at + node.next] = this.#heads[bucket]!;
    this.#heads[bucket] = id;
  }

  /** Takes a node out of its bucket, if it is there. */
  remove(id: number): void {
    const at = id * nodeWords;
    const words = this.#words;
    const bucket = this.#bucketOf(words[at + node.inoLow]!, words[at + node.inoHigh]!, words[at + node.dev]!);
    if (this.#heads[bucket] === id) {
      this.#heads[bucket] = words[at + node.next]!;
      return;
    }
    for (let other = this.#heads[bucket]!; other !== 0; other = words[other * nodeWords + node.next]!) {
      if (words[other * nodeWords + node.next] !== id) continue;
      words[other * nodeWords + node.next] = words[at + node.next]!;
      return;
    }
  }

  #bucketOf(low: number, high: number, dev: number): number {
    const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(dev, 0xc2b2ae35), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & (this.#heads.length - 1);
  }
}

function birthOf(stat: Stat): number {
  return (Math.imul(stat.u32(statx.btime), 0x9e3779b1) ^ stat.u32(statx.btime + statx.nsec)) >>> 0;
}
