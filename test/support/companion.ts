import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { become, type RunOptions } from './run.js';

/** A program that runs beside the test and answers each line of its input with a line. It is killed if the test leaves it running. */
export class Companion {
  readonly #program;
  readonly #answers;

  constructor(t: ExecutionContext, command: readonly string[], { as, ...options }: RunOptions = {}) {
    const [file = '', ...args] = as ? [...become(as), ...command] : command;
    this.#program = execa(file, args, { cwd: '/', ...options });
    this.#answers = createInterface({ input: this.#program.stdout })[Symbol.asyncIterator]();
    t.teardown(async () => {
      this.#program.kill('SIGKILL');
      await this.#program.catch(() => undefined);
    });
  }

  /** Sends a line and waits for the answer. */
  async ask(line: string): Promise<string> {
    this.#program.stdin.write(`${line}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error(`The companion ended without an answer to "${line}"`);
    return answer.value;
  }

  /** Ends its input and waits for its end, which has to be a good one. */
  async end(): Promise<void> {
    this.#program.stdin.end();
    await this.#program;
  }
}
