import type { Command, CommanderError } from 'commander';
import { tell } from './say.js';

/** Of these the message alone does not tell what is wanted. */
const OF_ARGUMENTS = [
  'commander.missingArgument',
  'commander.excessArguments',
  'commander.missingMandatoryOptionValue',
];

/** Has wrong usage of a command, and of those below it, told in one line, and thrown. */
export function tellWrongUsage(command: Command, above: readonly string[] = []): void {
  command.configureOutput({ outputError: () => undefined }).exitOverride((error) => {
    // Not where help was asked for: that is printed already.
    if (error.exitCode !== 0 && error.code !== 'commander.help') tell(describe(command, above, error));
    throw error;
  });
  for (const verb of command.commands) tellWrongUsage(verb, [...above, command.name()]);
}

function describe(command: Command, above: readonly string[], { code, message }: CommanderError): string {
  // A suggestion is on a line of its own.
  const line = message
    .replace(/^error: /, '')
    .trim()
    .replace('\n', ' ');
  if (!OF_ARGUMENTS.includes(code)) return line;
  const [program, ...verb] = [...above, command.name()];
  return `${line.replace(/\.$/, '')}; wanted: ${[program, ...verb, command.usage()].join(' ')}; see: ${[program, 'help', ...verb].join(' ')}`;
}
