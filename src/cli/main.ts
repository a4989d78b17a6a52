#!/usr/bin/env node
import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UserError } from '../volume/errors.js';
import { addJournal } from './journal.js';
import { addMount } from './mount.js';
import { tell } from './say.js';
import { addShip } from './ship.js';
import { addSlave } from './slave.js';
import { addStatus } from './status.js';
import { addUmount } from './umount.js';

/**
 * The program: a file for each verb, which loads what it needs when it runs. A verb ends with the exit status that it
 * sets.
 */

const USAGE = 2;

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
}

function makeProgram(): Command {
  const program = new Command('markerfs')
    .description('Keeps remote copies of a live directory tree up to date without ever scanning it')
    .exitOverride()
    .configureOutput({ outputError: (text) => tell(text.replace(/^error: /, '').trim()) })
    .helpCommand(false)
    .option('--version', 'print the version')
    .on('option:version', () => {
      process.stdout.write(`${version()}\n`);
      process.exit(0);
    })
    // `--state-dir` behind a verb is the verb's.
    .enablePositionalOptions();
  for (const add of [addMount, addUmount, addSlave, addShip, addStatus, addJournal]) add(program);
  return program;
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
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = fail(error);
}
// Nothing that a verb left open keeps the program.
process.exit();
