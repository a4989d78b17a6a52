import type { BytePath } from '../../slave/path.js';
import type { PlainSlave, RsyncTarget, SyncPoint } from '../../slave/slave.js';
import type { PassOutcome } from '../pass.js';
import type { Action } from '../rehearsal.js';
import type { RsyncOptions } from '../transfer/options.js';
import type { PutResult } from '../transfer/transfer.js';
import { contentOf, type Unit } from '../transfer/units.js';
import { type PlainPassInput, runPlainPass } from './pass.js';
import type { PlainRsync } from './rsync.js';
import type { PlainTransfer, SweepResult } from './transfer.js';

/** A slave that a pass does not change: nothing of it is written, its sync point neither. */
class RehearsedPlainSlave implements PlainSlave {
  readonly plain = true;
  readonly name: string;
  readonly rsync: RsyncTarget;
  readonly isAdopted: boolean;

  constructor(private readonly slave: PlainSlave) {
    this.name = slave.name;
    this.rsync = slave.rsync;
    this.isAdopted = slave.isAdopted;
  }

  keeps(kind: number): boolean {
    return this.slave.keeps(kind);
  }

  readSyncPoint(): Promise<SyncPoint | undefined> {
    return this.slave.readSyncPoint();
  }

  async writeSyncPoint(): Promise<void> {}

  close(): void {
    this.slave.close();
  }
}

/**
 * Runs what the pass would run, with the same lists and rules, by an rsync that changes nothing, and tells what it would
 * do. Bytes are at most so many: rsync sends what differs.
 */
class RehearsedPlainTransfer implements PlainTransfer {
  readonly jobs = 1;

  constructor(
    private readonly rsync: PlainRsync,
    private readonly tell: (action: Action) => void,
  ) {}

  async put(units: readonly Unit[]): Promise<PutResult> {
    const doomed = (await this.rsync.replaced(units)) ?? [];
    const { verdict, reason, unchanged = 0 } = await this.rsync.put(units);
    if (verdict === 'partial') return { verdict, reason, bytes: 0 };
    for (const { path } of doomed) this.tell({ action: 'delete', path });
    for (const { items } of units) for (const { path } of items) this.tell({ action: 'ship', path });
    return { verdict, reason, bytes: contentOf(units), unchanged };
  }

  async putRoot(): Promise<PutResult> {
    const { verdict, reason } = await this.rsync.putRoot();
    if (verdict !== 'partial') this.tell({ action: 'ship', path: '' });
    return { verdict, reason, bytes: 0 };
  }

  async sweep(directories: readonly BytePath[], hidden: readonly BytePath[], stays: boolean): Promise<SweepResult> {
    const found = stays ? [] : await this.extras(directories, hidden);
    if (!found) return { verdict: 'partial', reason: 'rsync cannot tell what would go', bytes: 0, deleted: 0 };
    for (const path of found) this.tell({ action: 'delete', path });
    return { verdict: 'done', reason: '', bytes: 0, deleted: found.length };
  }

  extras(directories: readonly BytePath[], hidden: readonly BytePath[]): Promise<BytePath[] | undefined> {
    return this.rsync.extras(directories, hidden);
  }
}

/** The same runs, of which none changes anything. */
export function withoutChanges({ target, ...options }: RsyncOptions): RsyncOptions {
  return { ...options, target: { ...target, args: [...target.args, '--dry-run'] } };
}

/** Tells what a pass would do; `rsync` changes nothing. */
export function rehearsePlainPass(
  input: Omit<PlainPassInput, 'transfer' | 'remember'>,
  rsync: PlainRsync,
  tell: (action: Action) => void,
): Promise<PassOutcome> {
  const [slave, transfer] = [new RehearsedPlainSlave(input.slave), new RehearsedPlainTransfer(rsync, tell)];
  return runPlainPass({ ...input, slave, transfer, remember: () => undefined });
}
