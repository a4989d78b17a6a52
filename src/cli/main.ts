import fs from 'node:fs';
import { CommanderError } from 'commander';
import { causeAndCure, UserError } from '../volume/errors.js';
import { refusedByMachine } from '../volume/refused.js';
import { refuseMistypedVerb } from './mistyped.js';
import { makeProgram } from './program.js';
import { tell } from './say.js';

/** Runs a command line. A verb ends with the exit status that it sets. */

const USAGE = 2;

/** `help ship` is `ship --help`, as in other programs; unless there is a source of that name. */
function asTyped(args: readonly string[]): readonly string[] {
  const [word, ...rest] = args;
  return word === 'help' && !fs.existsSync(word) ? [...rest, '--help'] : args;
}

/** The exit status of what a verb threw, after telling it. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof UserError) {
    tell(error.message);
    return error.exitStatus;
  }
  const refusal = refusedByMachine(error);
  if (refusal !== undefined) {
    tell(refusal);
    return 1;
  }
  process.stderr.write(`markerfs: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

// Whoever read the output has enough of it: `markerfs journal … | head`. Anything else has lost some.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  tell(`Cannot write to standard output: ${causeAndCure(error)}`);
  process.exit(1);
});

// A verb that waits for what never comes is a fault of ours, and must not look like success.
process.once('beforeExit', () => process.exit(fail(new Error('What the verb waits for never comes'))));

async function main(): Promise<void> {
  try {
    const args = asTyped(process.argv.slice(2));
    const program = await makeProgram(args);
    refuseMistypedVerb(program, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = fail(error);
  }
  // Only then an error of what was written last is known.
  await new Promise((resolve) => setImmediate(resolve));
  // Nothing that a verb left open keeps the program.
  process.exit();
}

void main();
