import type { PendingPath } from '../../src/volume/pending.js';
import type { PassCommit } from '../../src/volume/state.js';

const LAST_PASS = {
  slave: 'copy',
  crawl: 'walk',
  considered: 5,
  shipped: 2,
  renamed: 1,
  deleted: 0,
  failed: 0,
  bytes: 1234,
  seconds: 0.25,
  syncPoint: 1000,
  startedUs: 900,
} as const;

/** What a pass leaves, unless said otherwise: all is well at time 1000. */
export function commit(fields: Partial<PassCommit> = {}): PassCommit {
  const pass: PassCommit = {
    journalId: 'journal',
    position: 10,
    stimeUs: 1000,
    pending: [],
    lastPass: LAST_PASS,
    state: 'active',
    reason: null,
  };
  return { ...pass, ...fields };
}

export function pendingPath(path: string | Buffer, fields: Partial<PendingPath> = {}): PendingPath {
  const defaults = { kind: 'failed', whole: false, reason: 'permission denied', attempts: 1, nextTryUs: 2000 } as const;
  return { path: Buffer.from(path), ...defaults, ...fields };
}
