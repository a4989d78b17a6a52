import { readFileSync } from 'node:fs';
import { waitUntil } from './wait.js';

/** Whether the process exists and has not ended: one that nobody has reaped yet has. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

/** Waits for the end of a process that need not be a child of this one. */
export function waitForEnd(pid: number): Promise<void> {
  return waitUntil(`process ${pid} ends`, () => (isRunning(pid) ? 'it runs' : undefined));
}

/** Sends a signal to a process and waits for its end; one that has ended already is fine. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (isRunning(pid)) process.kill(pid, signal);
  await waitForEnd(pid);
}
