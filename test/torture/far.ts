import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf } from '../support/processes.js';
import type { Random } from '../support/random.js';
import { Rsyncd } from '../support/rsyncd.js';
import { HOST, Sshd } from '../support/sshd.js';
import { environment, type Fault, MODULES } from './fault.js';

/** Kinds of slaves besides directories of this machine: behind `markerfs agent` and sshd, and behind an rsync daemon. */
export type FarKind = 'agent' | 'rsyncd';
export const farKinds: readonly FarKind[] = ['agent', 'rsyncd'];

const STEP_MS = 5;

/** The other side of a slave: what serves it runs there, and can be killed. */
export class FarSide {
  private constructor(
    readonly kind: FarKind,
    readonly directory: string,
    private readonly server: Sshd | Rsyncd,
    private readonly breaks: Fault,
  ) {}

  /** Serves an empty directory; `breaks`: what is wrong there all the time. */
  static async start(kind: FarKind, work: string, breaks: Fault): Promise<FarSide> {
    const [directory, own] = [join(work, kind), join(work, `${kind}-server`)];
    for (const folder of [directory, own]) mkdirSync(folder);
    if (kind === 'rsyncd') return new FarSide(kind, directory, await Rsyncd.startIn(own, directory), breaks);
    const sshd = await Sshd.startIn(own, MODULES);
    sshd.allowAgent(directory);
    const side = new FarSide(kind, directory, sshd, breaks);
    side.setFault({});
    return side;
  }

  /** What `slave add` is given for it. */
  get addArguments(): string[] {
    const { server } = this;
    if (server instanceof Sshd) return [`${HOST}:${this.directory}`];
    return [server.target(), '--password-file', server.passwordFile];
  }

  /** For each agent that is started from now on. */
  setFault(fault: Fault): void {
    if (this.server instanceof Sshd) this.server.setEnvironment(environment({ ...this.breaks, ...fault }));
  }

  /**
   * Kills one of the processes that serve a connection, some time after there is one: what receives, what started it, or
   * what holds the connection. False where there is none until `over`.
   */
  async kill(random: Random, over: Promise<unknown>): Promise<boolean> {
    const late = random.below(random.of([20, 200, 600]));
    let isOver = false;
    void over.then(() => (isOver = true));
    while (!isOver && this.#serving().length === 0) await sleep(STEP_MS);
    await sleep(late);
    const victims = this.#serving();
    try {
      return victims.length > 0 && process.kill(random.of(victims), 'SIGKILL');
    } catch {
      // It was quicker.
      return false;
    }
  }

  #serving(): number[] {
    return descendantsOf(this.server.pid);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
