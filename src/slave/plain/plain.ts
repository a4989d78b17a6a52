import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK } from '../../syscalls/index.js';
import type { PlainSlave, RsyncTarget, SyncPoint } from '../slave.js';
import { changingArguments } from './lacks.js';
import type { Remote } from './remote.js';
import { type PlainState, putState, TEMPORARY } from './state.js';

/** A slave that only rsync can reach. */
export class RsyncSlave implements PlainSlave {
  readonly plain = true;
  readonly rsync: RsyncTarget;
  #syncPoint: SyncPoint | undefined;

  constructor(
    readonly name: string,
    private readonly remote: Remote,
    private readonly state: PlainState,
  ) {
    const { reach } = remote;
    this.rsync = { ...reach, args: [...reach.args, ...changingArguments(state.identity.lacks)], temporary: TEMPORARY };
    this.#syncPoint = state.syncPoint;
  }

  get isAdopted(): boolean {
    return this.state.identity.adopted;
  }

  keeps(kind: number): boolean {
    const { lacks } = this.state.identity;
    if (kind === S_IFIFO || kind === S_IFSOCK) return !lacks.includes('specials');
    return !(kind === S_IFCHR || kind === S_IFBLK) || !lacks.includes('devices');
  }

  async readSyncPoint(): Promise<SyncPoint | undefined> {
    return this.#syncPoint;
  }

  async writeSyncPoint(syncPoint: SyncPoint): Promise<void> {
    await putState(this.remote, { ...this.state, syncPoint });
    this.#syncPoint = syncPoint;
  }

  close(): void {}
}
