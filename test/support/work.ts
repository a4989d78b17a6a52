import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mountsBelow } from './mounts.js';
import { must } from './run.js';

/** A private folder for one test, which other users may enter; it is removed when the test ends, pass or fail. */
export function makeWork(t: ExecutionContext): string {
  const work = mkdtempSync(join(tmpdir(), 'markerfs-'));
  chmodSync(work, 0o755);
  t.teardown(async () => {
    // Never through a mount that could not be removed: what it leads to would be lost.
    const mounts = mountsBelow(work);
    if (mounts.length > 0) throw new Error(`Cannot remove "${work}": still mounted are ${mounts.join(', ')}`);
    await must(['rm', '-rf', work]);
  });
  return work;
}
