import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { EngineName } from '../../src/daemon/options.js';
import { isMounted } from './mounts.js';
import { endProcess, waitForEnd } from './processes.js';
import { must, type Result, run, type User } from './run.js';
import { makeWork } from './work.js';

/** The project's root, from the place of this file in dist. */
export const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** A program as it is shipped, below the root: from one file, see src/README.md. */
const bundled = (program: string): string => join('dist/bundle', `${program}.js`);

/** `markerfs`, as the tests run it. */
export const MARKERFS = join(PROJECT, bundled('cli/main'));

/** The program that serves a mount, as markerfs starts it. */
export const DAEMON = join(PROJECT, bundled('daemon/main'));

/** What `markerfs ship --json` prints for a slave. */
export interface Pass {
  readonly slave: string;
  readonly crawl: 'initial' | 'walk' | 'journal';
  readonly considered: number;
  readonly shipped: number;
  readonly renamed: number;
  readonly deleted: number;
  readonly failed: number;
  readonly syncPoint: number | null;
}

/** A source, a mountpoint and an empty slave in a folder of their own, worked only through the command line. */
export class TestVolume {
  readonly source: string;
  readonly mountpoint: string;
  readonly slave: string;
  /** Where the project is for the user that runs the program. */
  project = PROJECT;

  private constructor(
    readonly work: string,
    readonly user: User | undefined,
    readonly engine: EngineName,
  ) {
    this.source = this.#makeFolder('source');
    this.mountpoint = this.#makeFolder('mount');
    this.slave = this.#makeFolder('slave');
  }

  /** Makes the folders, owned by the user if there is one; he then runs the program too. All is undone when the test ends, pass or fail. */
  static async create(t: ExecutionContext, user?: User, engine: EngineName = 'markerfs'): Promise<TestVolume> {
    const volume = new TestVolume(makeWork(t), user, engine);
    t.teardown(() => volume.#dismantle(t));
    if (user) await volume.#openProject();
    return volume;
  }

  /** As create, with the source mounted and the slave added. */
  static async mounted(t: ExecutionContext, user?: User, engine?: EngineName): Promise<TestVolume> {
    const volume = await TestVolume.create(t, user, engine);
    await volume.mount();
    await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
    return volume;
  }

  /** Runs the program; it has to succeed. */
  markerfs(...args: string[]): Promise<string> {
    return must(this.#command(args), { as: this.user });
  }

  /** Runs the program, however it ends. */
  tryMarkerfs(...args: string[]): Promise<Result> {
    return run(this.#command(args), { as: this.user });
  }

  /** Mounts, and returns everything that the program said. */
  async mount(): Promise<string> {
    const { status, stdout, stderr, command } = await this.tryMarkerfs(
      '--engine',
      this.engine,
      this.source,
      this.mountpoint,
    );
    if (status !== 0) throw new Error(`${command}\nended with ${status}\n${stderr}${stdout}\n${this.log()}`);
    return stdout + stderr;
  }

  /** Unmounts with the program and waits for the end of the daemon. */
  async umount(): Promise<void> {
    const pid = this.daemonPid();
    await this.markerfs('umount', this.mountpoint);
    await waitForEnd(pid);
  }

  /** Sends the daemon a signal and waits for its end. */
  endDaemon(signal: NodeJS.Signals): Promise<void> {
    return endProcess(this.daemonPid(), signal);
  }

  /** One pass over the slave, in which nothing may fail. */
  async ship(): Promise<Pass> {
    const pass = JSON.parse(await this.markerfs('ship', this.source, '--json')) as Pass;
    if (pass.failed > 0)
      throw new Error(`The pass left ${pass.failed} objects: ${JSON.stringify(pass)}\n${this.log()}`);
    return pass;
  }

  /** Removes the journal, so that the next pass has to walk the marks. */
  removeJournal(): void {
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(this.source, `.markerfs/journal.db${suffix}`), { force: true });
  }

  /** The process that serves the mount, or did so last. */
  daemonPid(): number {
    return Number.parseInt(readFileSync(join(this.source, '.markerfs/daemon.lock'), 'utf8'), 10);
  }

  /** What the daemon wrote; '' before its first start. */
  log(): string {
    try {
      return readFileSync(join(this.source, '.markerfs/daemon.log'), 'utf8');
    } catch {
      return '';
    }
  }

  /** `markerfs`, where the user that runs it can. */
  get program(): string {
    return join(this.project, bundled('cli/main'));
  }

  #command(args: string[]): string[] {
    return [process.execPath, this.program, ...args];
  }

  #makeFolder(name: string): string {
    const folder = join(this.work, name);
    mkdirSync(folder);
    if (this.user) chownSync(folder, this.user.uid, this.user.gid);
    return folder;
  }

  /** Gives the user a copy of the program where the checkout lies in a folder that only root may enter. */
  async #openProject(): Promise<void> {
    const { status } = await run(['test', '-r', this.program], { as: this.user });
    if (status === 0) return;
    const parts = ['package.json', 'dist', 'node_modules', 'src/syscalls/build'];
    this.project = this.#makeFolder('project');
    await must(['cp', '-a', '--parents', ...parts, this.project], { cwd: PROJECT });
  }

  async #dismantle(t: ExecutionContext): Promise<void> {
    if (!t.passed && this.log()) t.log(`daemon.log of the failed test:\n${this.log()}`);
    if (isMounted(this.mountpoint)) await this.#forceUnmount();
  }

  async #forceUnmount(): Promise<void> {
    const { status } = await this.tryMarkerfs('umount', this.mountpoint);
    if (status === 0) await waitForEnd(this.daemonPid());
    else await endProcess(this.daemonPid(), 'SIGKILL');
    if (isMounted(this.mountpoint)) await run(['umount', '--lazy', this.mountpoint]);
  }
}
