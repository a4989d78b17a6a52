import type { PassResult } from '../ship/commit.js';
import { causeAndCure } from '../volume/errors.js';
import type { Commands } from './hook-command.js';
import { tell } from './say.js';
import { plainLine } from './text.js';

/** A hook that has not ended by then is ended. */
const LIMIT_MS = 300_000;

/** Programs that are told of passes, one after the other. What becomes of them changes nothing. */
export class Hooks {
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: string,
    private readonly commands: Commands,
  ) {}

  /** A pass has ended: it failed if it did so as a whole, or for any path. */
  passed(result: PassResult): void {
    const { onSuccess, onFailure } = this.commands;
    const command = result.error !== undefined || result.failed > 0 ? onFailure : onSuccess;
    if (command) this.#last = this.#last.then(() => this.#run(command, result));
  }

  /** Waits for those that run. */
  finish(): Promise<void> {
    return this.#last;
  }

  async #run([program = '', ...args]: readonly string[], result: PassResult): Promise<void> {
    // Few passes have hooks: the others need not wait until it is loaded.
    const { execa } = await import('execa');
    const ended = await execa(program, args, {
      input: `${JSON.stringify(result)}\n`,
      env: { MARKERFS_SOURCE: this.source, MARKERFS_SLAVE: result.slave },
      // Standard output is for the passes' own lines.
      stdout: process.stderr,
      stderr: 'inherit',
      timeout: LIMIT_MS,
      reject: false,
    });
    if (ended.failed) tell(`The hook "${plainLine(program)}" failed: ${howItEnded(ended)}`);
  }
}

/** What execa says of a program that cannot be run at all has a line for itself and one for Node. */
function howItEnded(ended: { readonly code?: string | undefined; readonly shortMessage?: string | undefined }): string {
  return ended.code === undefined ? (ended.shortMessage ?? 'without a word') : causeAndCure(ended);
}
