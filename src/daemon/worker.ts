import { parentPort, workerData } from 'node:worker_threads';
import { node } from '../filesystem/nodes/memory.js';
import { rootNode } from '../filesystem/nodes/table.js';
import { attributeHandlers } from '../filesystem/protocol/attributes.js';
import { entryHandlers } from '../filesystem/protocol/entries.js';
import { handleHandlers } from '../filesystem/protocol/handles.js';
import {
  Crew,
  Dispatcher,
  Exchange,
  Leadership,
  OperationCounters,
  QueueSession,
  RestSession,
  Session,
  type Timeouts,
} from '../fuse/index.js';
import { debugFuse } from './debug-fuse.js';
import { logFault } from './log.js';
import { assemble, type MountFacts, type Post, type SharedMemory } from './wiring.js';

/** What a worker thread is given. */
export interface WorkerData {
  readonly memory: SharedMemory;
  readonly facts: MountFacts;
  readonly thread: number;
  readonly post: Post;
}

/** What a worker says: it has joined a queue. */
export interface WorkerMessage {
  readonly joined: number | undefined;
}

/**
 * How long the kernel trusts names and attributes, in seconds. The mount sees every change that goes through it at once;
 * what is written straight into the source shows after this.
 */
const timeouts: Timeouts = { entry: 60, attr: 60 };

function main({ memory, facts, thread, post }: WorkerData): void {
  const filesystem = assemble(memory, facts, thread);
  const handlers = { ...entryHandlers(filesystem), ...attributeHandlers(filesystem), ...handleHandlers(filesystem) };
  const counters = new OperationCounters(memory.operations, thread);
  const dispatcher = new Dispatcher(handlers, logFault, counters, facts.debugFuse ? debugFuse : undefined);
  const rules = { ...timeouts, home: filesystem.table.get(rootNode, node.dev) };
  if (post !== 'device') {
    const crew = new Crew(memory.crew);
    const queue = post === 'spare' ? crew.waitToBeSent() : post;
    const joined = () => parentPort?.postMessage({ joined: queue } satisfies WorkerMessage);
    if (queue !== undefined) new QueueSession(facts.device, queue, dispatcher, crew, rules, logFault).run(joined);
    return;
  }
  if (facts.queues > 0) {
    new RestSession(new Exchange(facts.device, dispatcher, rules, logFault)).run();
    return;
  }
  // Leaders are numbered from 1.
  const leadership = new Leadership(memory.leadership, thread + 1);
  new Session(facts.device, dispatcher, leadership, rules, logFault).run();
}

main(workerData as WorkerData);
