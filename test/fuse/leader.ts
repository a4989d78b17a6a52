/** Worker: takes part in the leadership of a session whose requests last until they are told to end. */
import { parentPort, workerData } from 'node:worker_threads';
import { Leadership } from '../../src/fuse/leadership.js';

export interface LeaderData {
  readonly memory: SharedArrayBuffer;
  readonly me: number;
  /** A word for each worker: it leaves its request or its wait for one when this turns 1. */
  readonly gates: SharedArrayBuffer;
  /** What a leader does: waits for a request that does not come, or is inside one. */
  readonly leading: 'waits' | 'serves';
}

/** `leads`: it has the lead. `lost`: when it came out of its request, another had it. */
export type LeaderMessage = 'leads' | 'lost';

const { memory, me, gates, leading } = workerData as LeaderData;
const leadership = new Leadership(memory, me);
const gate = new Int32Array(gates);
const say = (message: LeaderMessage) => parentPort?.postMessage(message);

while (leadership.take()) {
  say('leads');
  if (leading === 'serves') leadership.serving();
  Atomics.wait(gate, me, 0);
  if (leading === 'serves') leadership.served();
  if (!leadership.held) say('lost');
}
