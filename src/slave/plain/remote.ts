import { SLAVE_STATE } from '../identity.js';
import { Unfit } from '../place.js';
import { cureOf } from '../rsync/reasons.js';
import { execRsync, type RsyncRun } from '../rsync/run.js';
import type { RsyncTarget } from '../slave.js';

/** How rsync gets to a directory that it alone reaches. */
export type Reach = Pick<RsyncTarget, 'destination' | 'args' | 'env'>;

/** How long it may be silent, where the user has set nothing else. */
const TIMEOUT_MS = 60_000;
/** rsync(1), EXIT VALUES: some files were not transferred. */
const PARTIAL = 23;

/** Markerfs's state on a slave is small: whatever is larger is not that. */
const LARGEST_STATE = '64K';

/** What is asked of a directory that only rsync reaches, besides passes. Its methods throw Unfit. */
export class Remote {
  /** `target`: what people know it by. `timeoutMs`: how long it may be silent. */
  constructor(
    readonly reach: Reach,
    readonly target: string,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  /** The names in a directory, as rsync shows them. */
  async list(folder: string): Promise<string[]> {
    const run = await this.#run(['--list-only', '--no-recursive', '--dirs', '-8', this.#place(folder)]);
    if (run.status !== 0) this.refuse(run);
    // Mode, size, date, time, name.
    const names = run.stdout.split('\n').map((line) => /^[a-zA-Z-]\S{9} +\S+ \S+ \S+ (.*)$/s.exec(line)?.[1]);
    return names.filter((name) => name !== undefined && name !== '.') as string[];
  }

  /** Copies the files of the slave's state folder into a directory of this machine; false where there is no such folder. */
  async fetchState(into: string): Promise<boolean> {
    const some = ['--include=/identity.json', '--include=/state.json', '--exclude=*'];
    const run = await this.#run(['-r', `--max-size=${LARGEST_STATE}`, ...some, this.#place(`${SLAVE_STATE}/`), into]);
    if (run.status === 0) return true;
    if (run.status === PARTIAL && /No such file or directory/.test(run.stderr)) return false;
    return this.refuse(run);
  }

  /** Copies a folder of the slave into one of this machine, with all that rsync keeps. */
  async fetch(folder: string, into: string): Promise<void> {
    const run = await this.#run([...EVERYTHING, this.#place(`${folder}/`), into]);
    if (run.status !== 0) this.refuse(run);
  }

  /** Makes the slave's state folder what `from` is, which has its name. */
  async putState(from: string, flags: readonly string[] = []): Promise<void> {
    const run = await this.#run(['-rpt', '--delete', ...flags, from, this.#place('')]);
    if (run.status !== 0) this.refuse(run);
  }

  /** Tries what passes do, with a folder below a directory of this machine. Answers how that ended. */
  async tryOut(from: string, folder: string, flags: readonly string[]): Promise<RsyncRun> {
    return this.#run([
      ...EVERYTHING,
      '--relative',
      '--force',
      '--delete',
      ...flags,
      `${from}/./${folder}`,
      this.#place(''),
    ]);
  }

  refuse({ status, reason }: Pick<RsyncRun, 'status' | 'reason'>): never {
    const number = status === undefined ? '' : ` (status ${status})`;
    throw new Unfit(`cannot use "${this.target}": rsync: ${reason}${number}; ${cureOf(reason)}`);
  }

  #place(folder: string): string {
    return `${this.reach.destination}/${folder}`;
  }

  #run(args: readonly string[]): Promise<RsyncRun> {
    const [from, to] = [args.slice(0, -1), args.slice(-1)];
    const how = { patienceMs: 2 * this.timeoutMs };
    return execRsync(
      [`--timeout=${Math.ceil(this.timeoutMs / 1000)}`, ...this.reach.args, ...from, ...to],
      this.reach,
      how,
    );
  }
}

/** All that rsync can keep. */
export const EVERYTHING = [
  '-aHAXS',
  '--numeric-ids',
  '--modify-window=-1',
  '--filter=-x system.*',
  '--filter=-x trusted.SGI_ACL_*',
];
