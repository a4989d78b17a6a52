import { availableParallelism } from 'node:os';
import { Backing } from '../filesystem/backing.js';
import type { Filesystem } from '../filesystem/filesystem.js';
import { Handles } from '../filesystem/handles.js';
import { Hidden } from '../filesystem/hidden.js';
import { Identity } from '../filesystem/identity.js';
import { allocateNodeMemory, type NodeMemory } from '../filesystem/nodes/memory.js';
import { NodeTable } from '../filesystem/nodes/table.js';
import { Objects } from '../filesystem/objects.js';
import { Observed } from '../filesystem/observed.js';
import { Crew, Leadership, OperationCounters } from '../fuse/index.js';
import { JournalQueue } from '../journal/queue.js';
import { HybridClock } from '../marker/clock.js';
import { DurableMarks } from '../marker/durable.js';
import { Epochs } from '../marker/epochs.js';
import type { MarkNames } from '../marker/mark.js';
import { Observer } from '../marker/observer.js';
import { Unmarked } from '../marker/unmarked.js';
import { Stat } from '../syscalls/index.js';
import { descriptorBudget } from './descriptors.js';

/** Threads that serve requests from the device at first. */
export const workerCount = Math.max(4, availableParallelism());
/** So many when requests that hang hold the others: a thread costs about 11 MiB. */
export const mostWorkers = Math.max(32, workerCount);
/** The main thread marks too, at barriers: it is the thread after the workers. */
export const mainThread = mostWorkers;

/** The memory that all threads share. */
export interface SharedMemory {
  readonly nodes: NodeMemory;
  readonly handles: SharedArrayBuffer;
  readonly clock: SharedArrayBuffer;
  readonly epochs: SharedArrayBuffer;
  readonly durable: SharedArrayBuffer;
  readonly leadership: SharedArrayBuffer;
  readonly crew: SharedArrayBuffer;
  readonly operations: SharedArrayBuffer;
  readonly journal: SharedArrayBuffer;
}

export function allocateMemory(): Omit<SharedMemory, 'journal'> {
  return {
    nodes: allocateNodeMemory(),
    handles: new SharedArrayBuffer(Handles.bytes),
    clock: new SharedArrayBuffer(HybridClock.bytes),
    epochs: new SharedArrayBuffer(Epochs.bytes(mostWorkers + 1)),
    durable: new SharedArrayBuffer(DurableMarks.bytes),
    leadership: new SharedArrayBuffer(Leadership.bytes),
    crew: new SharedArrayBuffer(Crew.bytes),
    operations: new SharedArrayBuffer(OperationCounters.bytes(mostWorkers)),
  };
}

/** What every thread is told of the mount. Descriptors belong to the process and are the same in all threads. */
export interface MountFacts {
  readonly mountpoint: string;
  readonly device: number;
  readonly rootFd: number;
  readonly privileged: boolean;
  readonly passthrough: boolean;
  /** Queues of requests over io_uring, one for each processor; 0 when all requests come from the device. */
  readonly queues: number;
  readonly marks: MarkNames;
  /** Nothing is marked and journaled: see {@link DaemonOptions}. */
  readonly unmarked: boolean;
  /** Each request is logged, and each answer. */
  readonly debugFuse: boolean;
}

/** Where a worker takes its requests from: the device, a queue by its number, or a queue that it will be sent to. */
export type Post = 'device' | number | 'spare';

/** A thread's face of the filesystem. `thread`: its number, from 0. */
export function assemble(memory: SharedMemory, facts: MountFacts, thread: number): Filesystem {
  const table = new NodeTable(memory.nodes);
  const budget = descriptorBudget();
  const objects = new Objects(table, facts.rootFd, budget.directories);
  const observed = new Observed(table, objects);
  const handles = new Handles(memory.handles, budget.handles);
  const epochs = new Epochs(memory.epochs, thread);
  const clock = new HybridClock(memory.clock);
  const durable = new DurableMarks(memory.durable, facts.rootFd, facts.marks.kept);
  const Watching = facts.unmarked ? Unmarked : Observer;
  // Umask and ids are a thread's own, except the main thread's, which makes nothing for anybody.
  const identity = new Identity(facts.privileged && thread !== mainThread);
  return {
    table,
    objects,
    observed,
    observer: new Watching(epochs, clock, new JournalQueue(memory.journal), observed, facts.marks, durable),
    identity,
    handles,
    backing: new Backing(table, handles, identity, facts.device, facts.passthrough),
    hidden: new Hidden(),
    stat: new Stat(),
    otherStat: new Stat(),
  };
}
