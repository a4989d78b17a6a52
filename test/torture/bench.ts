import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMounted } from '../support/mounts.js';
import { endProcess } from '../support/processes.js';
import { must, type Result, run } from '../support/run.js';
import { MARKERFS } from '../support/volume.js';
import { compareTrees } from './compare.js';
import { type DiskType, FaultyDisk } from './disk.js';
import { type FarKind, FarSide } from './far.js';
import { environment, type Fault, MODULES } from './fault.js';
import { Loads } from './loads.js';
import type { Rule } from './rules.js';

/** Which parts of a volume have a disk of their own: for power cuts the source, the state on it, as one. */
export type Disks = 'none' | 'source' | 'all';
export type Part = 'source' | 'state' | 'slave';

export interface BenchOptions {
  readonly disks: Disks;
  readonly type: DiskType;
  readonly breaks?: Rule | undefined;
  /** The slaves besides the one that is a directory of this machine. */
  readonly far?: readonly FarKind[];
}

const PARTS: Readonly<Record<Disks, readonly Part[]>> = {
  none: [],
  source: ['source'],
  all: ['source', 'state', 'slave'],
};
const PASSES = 6;

/** A volume, its slaves, and programs that change it. */
export class Bench {
  readonly mountpoint: string;
  readonly loads: Loads;
  readonly disks = new Map<Part, FaultyDisk>();
  readonly far = new Map<FarKind, FarSide>();
  /** How far the clock of all programs is off. */
  clockS = 0;
  /** What the loads of this round were promised. */
  promised: ReadonlyMap<string, number> = new Map();
  #daemon = 0;

  constructor(
    readonly work: string,
    private readonly options: BenchOptions,
  ) {
    this.mountpoint = join(work, 'mount');
    this.loads = new Loads(this.mountpoint, work);
    for (const part of PARTS[options.disks])
      this.disks.set(part, new FaultyDisk(join(work, `${part}-disk`), part === 'source' ? options.type : 'ext4'));
  }

  async setUp(): Promise<void> {
    for (const folder of [this.work, this.mountpoint]) mkdirSync(folder);
    for (const disk of this.disks.values()) await disk.make();
    for (const folder of [this.source, this.slave]) mkdirSync(folder);
    await this.mount();
    await must(this.#markerfs({}, 'slave', 'add', this.source, 'copy', this.slave));
    for (const kind of this.options.far ?? []) {
      const side = await FarSide.start(kind, this.work, this.#breaks);
      this.far.set(kind, side);
      await must(this.#markerfs({}, 'slave', 'add', this.source, kind, ...side.addArguments));
    }
  }

  get source(): string {
    return this.#place('source');
  }

  get slave(): string {
    return this.#place('slave');
  }

  /** A folder of its own on a disk: what fills the disk lies beside. */
  #place(part: Part): string {
    return join(this.work, this.disks.has(part) ? `${part}-disk` : '.', part);
  }

  get #stateDir(): string {
    return this.disks.has('state') ? this.#place('state') : join(this.source, '.markerfs');
  }

  /** In an environment of {@link environment}; where that has no fault, what people run. */
  #markerfs(env: Record<string, string>, ...args: string[]): string[] {
    const elsewhere = this.disks.has('state') ? ['--state-dir', this.#stateDir] : [];
    return [process.execPath, Object.keys(env).length === 0 ? MARKERFS : MODULES, ...args, ...elsewhere];
  }

  get #breaks(): Fault {
    const { breaks } = this.options;
    return breaks === undefined ? {} : { breaks };
  }

  #environment(fault: Fault): Record<string, string> {
    const clock = this.clockS === 0 ? {} : { clock: { offsetS: this.clockS, stepS: 0, afterMs: 0 } };
    return environment({ ...clock, ...this.#breaks, ...fault });
  }

  /** Mounts, unless it is mounted; a fault may end the daemon before it is ready. */
  async mount(fault: Fault = {}): Promise<void> {
    if (this.daemon > 0) return;
    const env = this.#environment(fault);
    const { status, stderr } = await run(this.#markerfs(env, this.source, this.mountpoint), { env });
    if (status !== 0 && !fault.kill) throw new Error(`Cannot mount: ${stderr}`);
    this.#daemon = Number.parseInt(readFileSync(join(this.#stateDir, 'daemon.lock'), 'utf8'), 10) || 0;
  }

  ship(fault: Fault = {}): Promise<Result> {
    const env = this.#environment(fault);
    return run(this.#markerfs(env, 'ship', this.source, '--json'), { env });
  }

  /** A pass that may be killed meanwhile. */
  startShip(): ChildProcess {
    const env = this.#environment({});
    const [program = '', ...args] = this.#markerfs(env, 'ship', this.source);
    return spawn(program, args, { stdio: 'ignore', detached: true, env: { ...process.env, ...env } });
  }

  removeJournal(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(this.#stateDir, `journal.db${suffix}`), { force: true });
  }

  /** The process that serves the mount; 0 where there is none. */
  get daemon(): number {
    return isMounted(this.mountpoint) ? this.#daemon : 0;
  }

  /** SIGKILL. The loads end before the mountpoint is an ordinary directory again. */
  async killDaemon(): Promise<void> {
    if (this.daemon > 0) await endProcess(this.daemon, 'SIGKILL');
    await this.loads.stop();
    if (isMounted(this.mountpoint)) await run(['umount', '--lazy', this.mountpoint]);
  }

  /** Everything that is not right after passes in which nothing may fail for good. */
  async problems(): Promise<string[]> {
    const problems: string[] = [];
    for (const [name, least] of this.promised) {
      const file = join(this.source, name);
      const found = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
      if (!(found >= least)) problems.push(`${name} has ${found}, promised was ${least}`);
    }
    let result = await this.ship();
    for (let pass = 1; pass < PASSES && result.status !== 0; pass++) {
      await sleep(300);
      result = await this.ship();
    }
    if (result.status !== 0) problems.push(`ship ended with ${result.status}: ${result.stdout}${result.stderr}`);
    const slaves = [this.slave, ...[...this.far.values()].map(({ directory }) => directory)];
    return [...problems, ...slaves.flatMap((slave) => compareTrees(this.source, slave))];
  }

  /** Ends everything; removes it unless it is to be kept. */
  async tearDown(keep: boolean): Promise<void> {
    await this.loads.stop();
    await this.killDaemon();
    for (const side of this.far.values()) await side.stop();
    for (const disk of this.disks.values()) await disk.detach();
    if (!keep) await run(['rm', '-rf', '--one-file-system', this.work]);
  }
}
