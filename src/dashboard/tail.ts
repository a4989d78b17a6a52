import { setImmediate as turn } from 'node:timers/promises';
import { type JournalReader, JournalUnreadable } from '../journal/reader.js';
import { type JournalRecord, operationName } from '../journal/record.js';
import { showName } from '../volume/names.js';
import type { Look, RecordShown, Records } from './page/messages.js';

/** Records that are shown at once. */
const MOST_SHOWN = 200;
/** Records read at once: between two reads others have their turn. */
const PAGE = 2000;
/** Records that a search looks at, the latest first. */
const MOST_SEARCHED = 200_000;

type Filter = Look['journal'];

/** The end of the journal as one page sees it, through its filter. Nothing is read but the tail, by sequence. */
export class Tail {
  #filter: Filter | undefined;
  #journal = '';
  /** The last record that was looked at. */
  #last = 0;

  /**
   * What came since it was asked last; after the filter has changed, or with another journal, what there is. Undefined
   * where there is nothing to tell, and where `signal` says that nobody waits for it any more.
   */
  async read(reader: JournalReader | undefined, filter: Filter, signal: AbortSignal): Promise<Records | undefined> {
    const fresh = this.#filter !== filter || this.#journal !== (reader?.id ?? '');
    this.#filter = filter;
    this.#journal = reader?.id ?? '';
    try {
      const head = reader?.head ?? 0;
      if (!fresh && head <= this.#last) return undefined;
      const after = fresh ? 0 : this.#last;
      this.#last = head;
      const found = reader ? await search(reader, filter, head, after, signal) : NOTHING;
      if (signal.aborted) return undefined;
      const { records, looked, all } = found;
      const isSearch = filter.text !== '' || filter.operations.length > 0;
      const skipped = fresh || isSearch ? 0 : head - after - records.length;
      return {
        fresh,
        records: records.reverse().map(show),
        skipped,
        searched: fresh && isSearch ? { records: looked, all } : null,
      };
    } catch (error) {
      // Damaged or deleted just now: the next one is looked for.
      if (error instanceof JournalUnreadable) return undefined;
      throw error;
    }
  }
}

interface Found {
  readonly records: JournalRecord[];
  readonly looked: number;
  readonly all: boolean;
}

const NOTHING: Found = { records: [], looked: 0, all: true };

async function search(
  reader: JournalReader,
  filter: Filter,
  head: number,
  after: number,
  signal: AbortSignal,
): Promise<Found> {
  const records: JournalRecord[] = [];
  const wanted = matcher(filter);
  let looked = 0;
  for (let upTo = head; upTo > after; ) {
    const page = reader.readBack(upTo, Math.min(PAGE, upTo - after));
    const last = page.at(-1);
    if (!last) break;
    for (const record of page) {
      looked++;
      if (wanted(record)) records.push(record);
      if (records.length >= MOST_SHOWN) return { records, looked, all: false };
    }
    upTo = last.sequence - 1;
    if (looked >= MOST_SEARCHED) return { records, looked, all: false };
    await turn();
    if (signal.aborted) break;
  }
  return { records, looked, all: true };
}

function matcher({ text, operations }: Filter): (record: JournalRecord) => boolean {
  const [wanted, named] = [text.toLowerCase(), new Set(operations)];
  const holds = (path: Buffer | null): boolean => path !== null && showName(path).toLowerCase().includes(wanted);
  return ({ operation, path, path2 }) =>
    (named.size === 0 || named.has(operationName(operation))) && (wanted === '' || holds(path) || holds(path2));
}

function show({ sequence, timeUs, operation, path, path2 }: JournalRecord): RecordShown {
  const second = path2 === null ? null : showName(path2);
  return {
    sequence,
    timeMs: timeUs / 1000,
    operation: operationName(operation),
    path: path.length === 0 ? '.' : showName(path),
    path2: second,
  };
}
