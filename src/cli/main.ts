#!/usr/bin/env node
import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UserError } from '../volume/errors.js';
import { refuseMistypedVerb } from './mistyped.js';
import { tell } from './say.js';
import { version } from './version.js';

/**
 * The program: a file for each verb, which loads what it needs when it runs. A verb ends with the exit status that it
 * sets.
 */

const USAGE = 2;

/** What adds each verb to the program, in the order of the help; mounting has none. */
const VERBS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  '': async () => (await import('./mount.js')).addMount,
  umount: async () => (await import('./umount.js')).addUmount,
  slave: async () => (await import('./slave.js')).addSlave,
  ship: async () => (await import('./ship.js')).addShip,
  verify: async () => (await import('./verify.js')).addVerify,
  rescan: async () => (await import('./rescan.js')).addRescan,
  versions: async () => (await import('./versions.js')).addVersions,
  restore: async () => (await import('./versions.js')).addRestore,
  status: async () => (await import('./status.js')).addStatus,
  checkpoint: async () => (await import('./checkpoint.js')).addCheckpoint,
  failures: async () => (await import('./failures.js')).addFailures,
  dirty: async () => (await import('./dirty.js')).addDirty,
  why: async () => (await import('./why.js')).addWhy,
  journal: async () => (await import('./journal.js')).addJournal,
  metrics: async () => (await import('./metrics.js')).addMetrics,
  dashboard: async () => (await import('./dashboard.js')).addDashboard,
  agent: async () => (await import('./agent.js')).addAgent,
  config: async () => (await import('./config.js')).addConfig,
  'install-service': async () => (await import('./install-service.js')).addInstallService,
  destroy: async () => (await import('./destroy.js')).addDestroy,
  completion: async () => (await import('./completion.js')).addCompletion,
  man: async () => (await import('./man.js')).addMan,
};

/** Those that tell of all verbs. */
const TELLING = ['completion', 'man'];

/** What adds those verbs that a command line needs: a pass with nothing to do is mostly the loading of code. */
function verbsFor([word = '']: readonly string[]): Promise<((program: Command) => void)[]> {
  const alone = word !== '' && !TELLING.includes(word) && Object.hasOwn(VERBS, word) ? VERBS[word] : undefined;
  return Promise.all((alone ? [alone] : Object.values(VERBS)).map((load) => load()));
}

async function makeProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('markerfs')
    .description('Keeps remote copies of a live directory tree up to date without ever scanning it')
    .exitOverride()
    .configureOutput({
      outputError: (text) =>
        tell(
          text
            .replace(/^error: /, '')
            .trim()
            .replace('\n', ' '),
        ),
    })
    .helpCommand(false)
    .option('--version', 'print the version')
    .on('option:version', () => {
      process.stdout.write(`${version()}\n`);
      process.exit(0);
    })
    // `--state-dir` behind a verb is the verb's.
    .enablePositionalOptions();
  for (const add of await verbsFor(args)) add(program);
  return program;
}

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
  process.stderr.write(`markerfs: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

// Whoever read the output has enough of it: `markerfs journal … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const args = asTyped(process.argv.slice(2));
  const program = await makeProgram(args);
  refuseMistypedVerb(program, args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = fail(error);
}
// Nothing that a verb left open keeps the program.
process.exit();
