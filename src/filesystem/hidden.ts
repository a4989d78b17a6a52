import { markPrefixes } from '../marker/mark.js';
import { STATE_DIRECTORY } from '../volume/volume.js';
import { rootNode } from './nodes/table.js';

/** What users of the mount never see: markerfs's state folder, and marks. */
export class Hidden {
  readonly #entry = Buffer.from(STATE_DIRECTORY);
  readonly #prefixes = markPrefixes.map((prefix) => Buffer.from(prefix));

  /**
   * Whether a name (without NUL) in a directory is the state folder's: it does not exist, and cannot be made. So it is
   * too where the state is kept elsewhere: nothing of that name is ever shipped.
   */
  isEntry(parent: number, name: Uint8Array): boolean {
    return parent === rootNode && this.#entry.equals(name);
  }

  /** Whether an xattr is a mark, of this volume or another: it does not exist, and cannot be set. */
  isXattr(name: Uint8Array): boolean {
    return this.#prefixes.some((prefix) => prefix.equals(name.subarray(0, prefix.length)));
  }
}
