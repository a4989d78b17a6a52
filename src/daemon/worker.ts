import { workerData } from 'node:worker_threads';
import { node } from '../filesystem/nodes/memory.js';
import { rootNode } from '../filesystem/nodes/table.js';
import { attributeHandlers } from '../filesystem/protocol/attributes.js';
import { entryHandlers } from '../filesystem/protocol/entries.js';
import { handleHandlers } from '../filesystem/protocol/handles.js';
import { Dispatcher, Leadership, Session, type Timeouts } from '../fuse/index.js';
import { logFault } from './log.js';
import { assemble, type MountFacts, type SharedMemory } from './wiring.js';

/** What a worker thread is given. */
export interface WorkerData {
  readonly memory: SharedMemory;
  readonly facts: MountFacts;
  readonly thread: number;
}

/**
 * How long the kernel trusts names and attributes. The mount sees every change that goes through it at once; what is
 * written straight into the source shows after this.
 */
const timeouts: Timeouts = { entry: 1, attr: 1 };

function main({ memory, facts, thread }: WorkerData): void {
  const filesystem = assemble(memory, facts, thread);
  const handlers = { ...entryHandlers(filesystem), ...attributeHandlers(filesystem), ...handleHandlers(filesystem) };
  const dispatcher = new Dispatcher(handlers, logFault);
  // Leaders are numbered from 1.
  const leadership = new Leadership(memory.leadership, thread + 1);
  const home = filesystem.table.get(rootNode, node.dev);
  new Session(facts.device, dispatcher, leadership, { ...timeouts, home }, logFault).run();
}

main(workerData as WorkerData);
