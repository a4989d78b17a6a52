import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { waitUntil } from './wait.js';

/** Runs its arguments, after the number of columns, on a pseudo-terminal of 60 lines, and ends as they do. */
const SPAWN = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 60, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
pty._copy(fd)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** A program on a pseudo-terminal, as a person sits before it. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #text = '';

  /**
   * Starts a command; it is killed when the test ends, pass or fail. Its environment holds no more than a person's would:
   * CI, NO_COLOR and their like, as the tests may have them, would take the colours away.
   */
  constructor(
    t: ExecutionContext,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
    columns = 200,
  ) {
    const person = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm-256color', ...env };
    const args = ['-c', SPAWN, String(columns), ...command];
    const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'], env: person });
    child.stdout.on('data', (data: Buffer) => {
      this.#text += data.toString('latin1');
    });
    this.#child = child;
    this.#ended = once(child, 'close');
    t.teardown(async () => {
      child.kill('SIGKILL');
      await this.#ended;
    });
  }

  /** What is on it so far, escapes and all. */
  get text(): string {
    return this.#text;
  }

  async waitFor(text: string | RegExp): Promise<void> {
    const found = () => (typeof text === 'string' ? this.#text.includes(text) : text.test(this.#text));
    await waitUntil(`the terminal shows ${text}`, () => (found() ? undefined : this.#text));
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits for its end; answers the exit status. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }
}
