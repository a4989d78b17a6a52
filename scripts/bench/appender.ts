/** Worker: appends records with paths of 57 bytes to a journal's queue, as fast as it takes them. */
import { workerData } from 'node:worker_threads';
import { JournalQueue } from '../../src/journal/queue.js';
import { Operation } from '../../src/journal/record.js';

export interface AppenderData {
  readonly memory: SharedArrayBuffer;
  readonly records: number;
}

const { memory, records } = workerData as AppenderData;
const queue = new JournalQueue(memory);
const path = Buffer.alloc(57, 'p');
for (let number = 0; number < records; number++)
  queue.append(Operation.data, 1, Date.now() * 1000, 1, number, 0, path, null);
