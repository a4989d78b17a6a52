import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';

/** A program that talks in lines while the test goes on. */
export class Talker {
  readonly #lines: AsyncIterator<string>;
  readonly #child: ChildProcess;
  #stderr = '';

  /** Starts a program or a module of dist with arguments; it is killed when the test ends, pass or fail. */
  constructor(t: ExecutionContext, program: URL | string, ...args: string[]) {
    const file = typeof program === 'string' ? program : program.pathname;
    const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr.on('data', (data: Buffer) => {
      this.#stderr += data;
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    t.teardown(() => this.kill());
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next line; an error with what it wrote to stderr where it has ended. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The program ended:\n${this.#stderr}`);
    return value;
  }

  /** Writes a line to its input. */
  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Sends a signal and waits for the end; answers the exit status, null where a signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const end = once(this.#child, 'exit');
    this.#child.kill(signal);
    await end;
    return this.#child.exitCode;
  }
}
