/** Worker: waits in a crew, and says what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Crew } from '../../src/fuse/ring/crew.js';

export interface CrewData {
  readonly memory: SharedArrayBuffer;
  readonly waits: 'to be sent' | 'for requests';
}

const { memory, waits } = workerData as CrewData;
const crew = new Crew(memory);
parentPort?.postMessage(waits === 'to be sent' ? (crew.waitToBeSent() ?? 'home') : crew.sleep());
