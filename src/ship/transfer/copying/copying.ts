import type { PutResult, Transfer } from '../transfer.js';
import { hasLinks, isDirectory, isFile, type Unit } from '../units.js';
import { MOST_BYTES } from './copy.js';
import { CopyCrew } from './crew.js';
import type { CopyThreadData } from './thread.js';

/**
 * Makes the directories and small files of a first copy to a directory of this machine itself: between two directories an rsync is three processes
 * that tell each other of each file, and takes twice as long. Everything else goes to rsync, and all that is not as expected.
 */
export class CopyingTransfer implements Transfer {
  readonly #crew: CopyCrew;

  constructor(
    private readonly rsync: Transfer,
    places: CopyThreadData,
  ) {
    this.#crew = new CopyCrew(places);
  }

  get jobs(): number {
    return this.rsync.jobs;
  }

  get hugeBytes(): number | undefined {
    return this.rsync.hugeBytes;
  }

  async put(
    units: readonly Unit[],
    inPlace: boolean,
    backup?: string,
    onBytes?: (bytes: number) => void,
  ): Promise<PutResult> {
    const plain = inPlace ? units.filter(isPlainAndNew) : [];
    if (plain.length === 0) return this.rsync.put(units, inPlace, backup, onBytes);
    const { lengths } = await this.#crew.copy(plain.map(({ items }) => items[0]!.path));
    const bytes = lengths.reduce((sum, length) => sum + Math.max(length, 0), 0);
    const copied = new Set(plain.filter((_, at) => lengths[at]! >= 0));
    const rest = units.filter((unit) => !copied.has(unit));
    if (rest.length === 0) return { verdict: 'done', reason: '', bytes, wireBytes: bytes };
    const result = await this.rsync.put(rest, inPlace, backup, onBytes && ((sent) => onBytes(bytes + sent)));
    return { ...result, bytes: bytes + result.bytes, wireBytes: bytes + (result.wireBytes ?? 0) };
  }

  putRoot(): Promise<PutResult> {
    return this.rsync.putRoot();
  }

  /** Not while something is put. */
  close(): Promise<void> {
    return this.#crew.close();
  }
}

function isPlainAndNew({ items: [item, ...links] }: Unit): boolean {
  if (item === undefined || links.length > 0 || item.before) return false;
  const { entry } = item;
  return isDirectory(entry) || (isFile(entry) && !hasLinks(entry) && !entry.hasHoles && entry.size <= MOST_BYTES);
}
