/** Worker: a session over a socket in place of the device. */
import { workerData } from 'node:worker_threads';
import { Dispatcher } from '../../src/fuse/dispatch.js';
import { Leadership } from '../../src/fuse/leadership.js';
import { Session } from '../../src/fuse/session.js';
import { ENOENT } from '../../src/syscalls/index.js';

export interface ServingData {
  readonly device: number;
  readonly memory: SharedArrayBuffer;
  /** Two words: how many requests are done with, and how many faults there were. */
  readonly counts: SharedArrayBuffer;
}

const { device, memory, counts } = workerData as ServingData;
const count = (index: number) => void Atomics.add(new Int32Array(counts), index, 1);
const fault = () => count(1);

const handlers = {
  STATFS: () => 8,
  LOOKUP: () => -ENOENT,
  FORGET: () => 0,
  GETATTR: () => {
    throw new Error('a bug');
  },
};
const timeouts = { entry: 0, attr: 0 };
const trace = { received: () => undefined, answered: () => count(0) };
const dispatcher = new Dispatcher(handlers, fault, undefined, trace);
new Session(device, dispatcher, new Leadership(memory, 1), timeouts, fault).run();
