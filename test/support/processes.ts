import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from './wait.js';

/** Whether the process exists and has not ended: one that nobody has reaped yet has. */
function isRunning(pid: number): boolean {
  const { state } = standing(pid);
  return state !== undefined && state !== 'Z';
}

/** What proc(5) says of a process; nothing where there is none. */
function standing(pid: number): { readonly state?: string; readonly parent?: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: state!, parent: Number(parent) };
  } catch {
    return {};
  }
}

/** All that a process has started, and what those have, as long as they are not orphans. */
export function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? [[Number(name), standing(Number(name)).parent]] : [],
  );
  const found = [pid];
  for (const ancestor of found)
    found.push(...parents.flatMap(([child, parent]) => (parent === ancestor ? child! : [])));
  return found.slice(1);
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
