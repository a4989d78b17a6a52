import { setTimeout as delay } from 'node:timers/promises';
import { JournalReader } from './reader.js';
import type { JournalRecord } from './record.js';

/** How often to look for new records. The writer commits a hundred times a second at most. */
const LOOK_MS = 200;

/**
 * The records after a sequence, and then each new one until the signal. Where the journal is deleted, the new one is
 * followed from its start. JournalUnreadable where there is none at the start.
 */
export async function* followRecords(
  stateDir: string,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<JournalRecord> {
  let reader = JournalReader.need(stateDir);
  let last = since;
  try {
    while (!signal.aborted) {
      for (const record of reader.readLeft(last, Number.MAX_SAFE_INTEGER)) {
        last = record.sequence;
        yield record;
      }
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
      const current = JournalReader.open(stateDir);
      if (current && current.id !== reader.id) {
        reader.close();
        reader = current;
        last = 0;
      } else current?.close();
    }
  } finally {
    reader.close();
  }
}
