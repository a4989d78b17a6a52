import { JournalLinks } from '../../journal/links.js';
import { type BytePath, fromBytes, toBytes } from '../../slave/path.js';
import type { LinkIndex } from '../work.js';

/** The index of links, opened when it is asked: most passes do not need it. */
export class LazyLinks implements LinkIndex {
  #index: JournalLinks | undefined | null = null;

  constructor(private readonly stateDir: string) {}

  namesOf(dev: number, ino: bigint): BytePath[] {
    return this.#open()?.namesOf(dev, ino).map(fromBytes) ?? [];
  }

  add(path: BytePath, dev: number, ino: bigint): void {
    try {
      this.#open()?.add(toBytes(path), dev, ino);
    } catch {
      // The daemon writes the file too. Without the index the source is searched again.
    }
  }

  close(): void {
    this.#index?.close();
  }

  #open(): JournalLinks | undefined {
    if (this.#index === null) this.#index = JournalLinks.open(this.stateDir);
    return this.#index;
  }
}
