import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../volume/errors.js';
import type { Volume } from '../volume/volume.js';
import { JournalDrain } from './drain.js';
import { pruneJournal } from './prune.js';
import { JournalQueue } from './queue.js';

/** What the journal thread is given. */
export interface JournalThreadData {
  readonly volume: Volume;
  readonly queue: SharedArrayBuffer;
  readonly gap?: { readonly timeUs: number; readonly position: number };
  readonly busyMs?: number;
  readonly retentionUs?: number;
  readonly limitBytes?: number;
}

/** What it says, once: it takes records, or a newer markerfs wrote the journal. */
export type JournalThreadMessage =
  | { readonly type: 'started' }
  | { readonly type: 'refused'; readonly message: string };

function say(message: JournalThreadMessage): void {
  parentPort?.postMessage(message);
}

function main({ volume, queue: memory, retentionUs, ...options }: JournalThreadData): void {
  const queue = new JournalQueue(memory);
  const drain = new JournalDrain(volume.stateDir, queue, {
    ...options,
    prune: (writer) => pruneJournal(volume, writer, retentionUs),
  });
  try {
    drain.start();
    say({ type: 'started' });
    drain.run();
  } catch (error) {
    // Nobody takes records from here on: producers must not wait for it.
    queue.fail(error instanceof Error ? error.message : String(error));
    if (!(error instanceof UserError)) throw error;
    say({ type: 'refused', message: error.message });
  }
}

main(workerData as JournalThreadData);
