/** Worker: begins and ends changes as fast as it can, and shows in shared memory which one it is inside. */
import { workerData } from 'node:worker_threads';
import { Epochs } from '../../src/marker/epochs.js';

export interface ChangerData {
  readonly memory: SharedArrayBuffer;
  readonly thread: number;
  /** A word for each thread: the epoch of its change, 0 outside. */
  readonly inside: Int32Array;
  /** One word: changes of all threads. */
  readonly changes: Int32Array;
  /** One word: 1 when it is enough. */
  readonly stop: Int32Array;
}

const { memory, thread, inside, changes, stop } = workerData as ChangerData;
const epochs = new Epochs(memory, thread);
while (Atomics.load(stop, 0) === 0) {
  Atomics.store(inside, thread, epochs.begin());
  Atomics.add(changes, 0, 1);
  Atomics.store(inside, thread, 0);
  epochs.end();
}
