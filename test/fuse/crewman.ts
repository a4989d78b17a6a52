/** Worker: waits in a crew, and says what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Crew } from '../../src/fuse/ring/crew.js';

export interface CrewData {
  readonly memory: SharedArrayBuffer;
}

const { memory } = workerData as CrewData;
parentPort?.postMessage(new Crew(memory).waitToBeSent() ?? 'home');
