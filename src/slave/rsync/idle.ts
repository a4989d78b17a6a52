import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How often it is looked at, as a part of the patience; and not more often than this, in milliseconds. */
const LOOKS = 10;
const SHORTEST_MS = 100;

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** A process and all that it started, as far as they still run. */
function familyOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

/**
 * Changes whenever one of them reads or computes (proc(5): stat's fields 14 and 15, io). What is written may be no more than
 * signs of life to another machine, which rsync goes on giving although nothing ever comes back.
 */
function activityOf(pid: number): string {
  return familyOf(pid)
    .map((member) => {
      const stat = read(`/proc/${member}/stat`);
      const cpu = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      const reads = read(`/proc/${member}/io`).match(/^(?:rchar|syscr|read_bytes): \d+/gm);
      return `${member} ${cpu} ${reads}`;
    })
    .join('\n');
}

/** Sends a signal to those that still run. */
function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  }
}

/**
 * Watches a process that this one started, with all that it started: when they have done nothing for so long, they wait
 * for something that does not come, and are ended.
 */
export class IdleWatch {
  #isIdle = false;
  /** Comes when they did not end in time although they were killed: in a system call that does not return. */
  readonly hopeless: Promise<undefined>;
  readonly #end = new AbortController();

  /** `graceMs`: how long they may take to end before they are killed, and again before they are given up. */
  constructor(pid: number | undefined, patienceMs: number, graceMs: number) {
    const watched = pid === undefined ? new Promise<undefined>(() => {}) : this.#watch(pid, patienceMs, graceMs);
    this.hopeless = watched.catch((error: unknown) => {
      if (!this.#end.signal.aborted) throw error;
      return undefined;
    });
  }

  /** They were ended for doing nothing. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Ends the watch. */
  end(): void {
    this.#end.abort();
  }

  async #watch(pid: number, patienceMs: number, graceMs: number): Promise<undefined> {
    const { signal: ended } = this.#end;
    let before = activityOf(pid);
    for (let sinceMs = performance.now(); performance.now() - sinceMs < patienceMs; ) {
      await delay(Math.max(SHORTEST_MS, patienceMs / LOOKS), undefined, { signal: ended });
      const now = activityOf(pid);
      if (now !== before) sinceMs = performance.now();
      before = now;
    }
    this.#isIdle = true;
    const family = familyOf(pid);
    signal(family.slice(0, 1), 'SIGTERM');
    await delay(graceMs, undefined, { signal: ended });
    signal(family, 'SIGKILL');
    await delay(graceMs, undefined, { signal: ended });
    return undefined;
  }
}
