import { markPrefixes } from '../marker/mark.js';
import { rootNode } from './nodes/table.js';

/** What users of the mount never see: markerfs's state folder, and marks. */
export class Hidden {
  readonly #entry: Buffer | undefined;
  readonly #prefixes = markPrefixes.map((prefix) => Buffer.from(prefix));

  /** `entry`: the state folder's name in the root; undefined when it lies elsewhere. */
  constructor(entry: string | undefined) {
    this.#entry = entry === undefined ? undefined : Buffer.from(entry);
  }

  /** Whether a name (without NUL) in a directory is the state folder's: it does not exist, and cannot be made. */
  isEntry(parent: number, name: Uint8Array): boolean {
    return parent === rootNode && this.#entry !== undefined && this.#entry.equals(name);
  }

  /** Whether an xattr is a mark, of this volume or another: it does not exist, and cannot be set. */
  isXattr(name: Uint8Array): boolean {
    return this.#prefixes.some((prefix) => prefix.equals(name.subarray(0, prefix.length)));
  }
}
