import { cstr, EILSEQ, EINVAL, ENOENT } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { rootNode } from '../nodes/table.js';
import { lookup } from '../operations/lookup.js';
import { HeldNodes } from './held.js';
import { UnlinkedFiles } from './unlinked.js';

/** A name in a directory, as the operations want it. */
export interface Named {
  readonly parent: number;
  /** With its NUL. */
  readonly name: Buffer;
}

/**
 * From the paths of callbacks to nodes and names. Paths arrive as strings, in which every byte that is not UTF-8 has
 * become U+FFFD: which file is meant can not be known, and whatever has that character is refused with EILSEQ.
 */
export class Paths {
  readonly held: HeldNodes;
  readonly unlinked: UnlinkedFiles;

  constructor(private readonly fs: Filesystem) {
    this.held = new HeldNodes(fs.table);
    this.unlinked = new UnlinkedFiles(fs.table);
  }

  /** The node at a path, looked up step by step from the root; or −errno. */
  node(path: string): number {
    const unlinked = this.unlinked.node(path);
    if (unlinked !== undefined) return unlinked;
    const parts = partsOf(path);
    return typeof parts === 'number' ? parts : this.#walk(parts);
  }

  /** The directory and the last name of a path, which need not exist; or −errno. */
  named(path: string): Named | number {
    const parts = partsOf(path);
    if (typeof parts === 'number') return parts;
    const name = parts.pop();
    if (name === undefined) return -EINVAL;
    const parent = this.#walk(parts);
    return parent < 0 ? parent : { parent, name: cstr(name) };
  }

  #walk(parts: readonly string[]): number {
    let id = rootNode;
    for (const part of parts) {
      id = lookup(this.fs, id, cstr(part));
      if (id < 0) return id;
      this.held.keep(id);
    }
    return id;
  }
}

/** Whether a string stands for bytes that are not known. */
export function isLossy(text: string): boolean {
  return text.includes('\uFFFD');
}

function partsOf(path: string): string[] | number {
  if (isLossy(path)) return -EILSEQ;
  const parts = path.split('/').filter((part) => part !== '');
  // The kernel resolves these; from the root they would lead out of the source.
  return parts.includes('.') || parts.includes('..') ? -ENOENT : parts;
}
