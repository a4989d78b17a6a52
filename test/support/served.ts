import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DaemonMessage, DaemonOptions, EngineName } from '../../src/daemon/options.js';
import { isMounted } from './mounts.js';
import { run } from './run.js';
import { DAEMON } from './volume.js';

/** A source that the daemon serves at a mountpoint, in another process; for the `before` and `after.always` hooks of a file of tests. */
export class Served {
  readonly work = mkdtempSync(join(tmpdir(), 'markerfs-'));
  readonly source = join(this.work, 'source');
  readonly mountpoint = join(this.work, 'mount');
  /** Whether the kernel reads and writes the source's files itself. */
  passthrough = false;
  #daemon: ChildProcess | undefined;
  #log = '';

  private constructor() {
    chmodSync(this.work, 0o755);
    mkdirSync(this.source);
    mkdirSync(this.mountpoint);
  }

  /** Resolves when the mount is ready; the error tells what the daemon said. `prepare` may mount something at the source before. */
  static async start(prepare?: (served: Served) => Promise<unknown>, engine: EngineName = 'markerfs'): Promise<Served> {
    const served = new Served();
    try {
      await prepare?.(served);
      await served.#serve(engine);
      return served;
    } catch (error) {
      await served.stop();
      throw error;
    }
  }

  async #serve(engine: EngineName): Promise<void> {
    const options: DaemonOptions = {
      source: this.source,
      mountpoint: this.mountpoint,
      foreground: true,
      engine,
    };
    const daemon = fork(DAEMON, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#daemon = daemon;
    daemon.stderr?.on('data', (text: Buffer) => {
      this.#log += text;
    });
    const failed = once(daemon, 'exit').then(([status]): DaemonMessage => {
      return { type: 'error', message: `The daemon ended with ${status}`, exitStatus: 1 };
    });
    const answered = once(daemon, 'message').then(([message]) => message as DaemonMessage);
    const message = await Promise.race([answered, failed]);
    if (message.type === 'error') throw new Error(`${message.message}\n${this.#log}`);
    this.passthrough = message.passthrough;
  }

  /** The daemon's process. */
  get pid(): number {
    return this.#daemon?.pid ?? -1;
  }

  /** What the daemon wrote so far. */
  get log(): string {
    return this.#log;
  }

  /** Unmounts, waits for the daemon's end and removes everything; returns the daemon's exit status, null where it had to be killed. */
  async stop(): Promise<number | null> {
    const status = await this.#end();
    if (isMounted(this.source)) await run(['umount', this.source]);
    // Never into a mount that could not be removed.
    await run(['rm', '-rf', '--one-file-system', this.work]);
    return status;
  }

  async #end(): Promise<number | null> {
    const daemon = this.#daemon;
    if (daemon === undefined) return null;
    const unmounted = isMounted(this.mountpoint) && (await run(['umount', this.mountpoint])).status === 0;
    if (daemon.exitCode === null && daemon.signalCode === null) {
      const ended = once(daemon, 'exit');
      if (!unmounted) daemon.kill('SIGKILL');
      await ended;
    }
    if (isMounted(this.mountpoint)) await run(['umount', '--lazy', this.mountpoint]);
    return daemon.exitCode;
  }
}
