import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 5;
const LIMIT_MS = 20_000;

/**
 * Polls until the probe returns undefined. What it returns otherwise says why the wait is not over; at the limit the error tells the
 * last reason and the mount table.
 */
export async function waitUntil(what: string, probe: () => string | undefined): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  let reason = probe();
  while (reason !== undefined) {
    if (Date.now() > end) {
      const mounts = readFileSync('/proc/self/mountinfo', 'latin1');
      throw new Error(`Waited ${LIMIT_MS} ms until ${what}: ${reason}\n${mounts}`);
    }
    await sleep(STEP_MS);
    reason = probe();
  }
}
