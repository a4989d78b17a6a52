import { node, nodeWords } from './memory.js';

/**
 * Changes of names under way. A thread that is about to change names in a directory says so; one that has looked a name
 * up finds out whether it may be wrong by now. The kernel lets only one thread at a time change names in a directory,
 * but revalidates names at any time.
 *
 * A directory's version: changes under way in the low 8 bits, above them how many there have been.
 */
export class NameChanges {
  readonly #words: Int32Array;

  constructor(nodes: SharedArrayBuffer) {
    this.#words = new Int32Array(nodes);
  }

  /** A number that differs whenever names in a directory have changed since, or are about to. */
  version(directory: number): number {
    return Atomics.load(this.#words, directory * nodeWords + node.changes);
  }

  /** Whether names were changing when the version was taken. */
  static underWay(version: number): boolean {
    return (version & 0xff) !== 0;
  }

  begin(directory: number): void {
    Atomics.add(this.#words, directory * nodeWords + node.changes, 1);
  }

  /** One fewer under way, one more made. */
  end(directory: number): void {
    const at = directory * nodeWords + node.changes;
    Atomics.add(this.#words, at, 0x100 - 1);
    Atomics.notify(this.#words, at);
  }

  /** Waits while names in a directory are being changed, for a moment; whether they were. */
  wait(directory: number): boolean {
    const at = directory * nodeWords + node.changes;
    const version = Atomics.load(this.#words, at);
    if (!NameChanges.underWay(version)) return false;
    Atomics.wait(this.#words, at, version, momentMs);
    return true;
  }
}

/** Who waits asks again anyway; a bound keeps a thread that waits for its own change from waiting for ever. */
const momentMs = 20;
