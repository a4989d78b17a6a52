import { readFileSync } from 'node:fs';
import { native } from '../../syscalls/index.js';
import { Crew } from './crew.js';
import { Ring } from './ring.js';

/** The kernel keeps a queue for each processor that there could ever be: `/sys/devices/system/cpu/possible`, "0-3". */
export function queueCount(): number {
  const text = readFileSync('/sys/devices/system/cpu/possible', 'latin1');
  return Number.parseInt(text.trim().split(/[-,]/).at(-1) ?? '', 10) + 1;
}

/** Whether requests can come over io_uring here: not too many queues, and rings are allowed. */
export function ringsWork(): boolean {
  try {
    if (!(queueCount() <= Crew.mostQueues)) return false;
    new Ring().close();
    return true;
  } catch {
    return false;
  }
}

/** Keeps this thread on a processor, where that is possible: elsewhere it serves as well, only not as fast. */
export function stayOn(processor: number): void {
  native.sched_setaffinity(Buffer.of(1 << processor, 0, 0, 0, 0, 0, 0, 0));
}
