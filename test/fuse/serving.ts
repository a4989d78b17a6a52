/** Worker: a session over a socket in place of the device. */
import { workerData } from 'node:worker_threads';
import { Dispatcher } from '../../src/fuse/dispatch.js';
import { Leadership } from '../../src/fuse/leadership.js';
import { Session } from '../../src/fuse/session.js';
import { ENOENT } from '../../src/syscalls/index.js';

export interface ServingData {
  readonly device: number;
  readonly memory: SharedArrayBuffer;
  /** One word: how many faults there were. */
  readonly faults: SharedArrayBuffer;
}

const { device, memory, faults } = workerData as ServingData;
const count = () => void Atomics.add(new Int32Array(faults), 0, 1);

const handlers = {
  STATFS: () => 8,
  LOOKUP: () => -ENOENT,
  FORGET: () => 0,
  GETATTR: () => {
    throw new Error('a bug');
  },
};
const timeouts = { entry: 0, attr: 0 };
new Session(device, new Dispatcher(handlers, count), new Leadership(memory, 1), timeouts, count).run();
