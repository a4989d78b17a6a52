/** Worker: appends records whose inode counts up, as fast as it can, and says when it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { JournalQueue } from '../../src/journal/queue.js';
import { Operation } from '../../src/journal/record.js';

export interface ProducerData {
  readonly memory: SharedArrayBuffer;
  /** Told apart by the device of its records. */
  readonly producer: number;
  readonly records: number;
  /** One int32, where it counts the records that `append` has taken. */
  readonly progress: SharedArrayBuffer;
}

const { memory, producer, records, progress } = workerData as ProducerData;
const queue = new JournalQueue(memory);
const appended = new Int32Array(progress);
const path = Buffer.alloc(200, 'p');
for (let number = 0; number < records; number++) {
  const length = (number * 31) % path.length;
  queue.append(Operation.data, 1, 1e15 + number, producer, number, 0, path.subarray(0, length), null);
  Atomics.store(appended, 0, number + 1);
}
parentPort?.postMessage('done');
