import { JournalReader } from '../journal/reader.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { Barrier } from './barrier.js';
import type { Crawl } from './work.js';

/** The journal of a volume, if it is the one that the barrier spoke of. */
export function openJournal(stateDir: string, { journalId }: Pick<Barrier, 'journalId'>): JournalReader | undefined {
  const reader = journalId === null ? undefined : JournalReader.open(stateDir);
  if (reader?.id === journalId) return reader;
  reader?.close();
  return undefined;
}

/**
 * How to find what a slave lacks: by the journal where it holds all that happened since; else by the marks; all where
 * nothing was shipped.
 */
export function chooseCrawl(
  slave: SlaveRecord,
  barrier: Pick<Barrier, 'clean' | 'head'>,
  reader: JournalReader | undefined,
): Crawl {
  if (reader && slave.journalId === reader.id && barrier.clean && isWhole(slave, barrier.head, reader))
    return 'journal';
  return slave.stimeUs === 0 ? 'initial' : 'walk';
}

/**
 * A gap before the position was covered by the walk that set the position, whatever its time: only later ones count.
 */
function isWhole({ position }: SlaveRecord, head: number, reader: JournalReader): boolean {
  return position <= head && reader.wholeSince(position, Number.MAX_SAFE_INTEGER);
}
