import fs from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../volume/errors.js';
import { similarTo } from './similar.js';

/**
 * Mounting has no verb: a mistyped one would be taken for a source. UserError where the first word is a bare one that is
 * neither a verb nor anything that is there, and where the second one is no verb of a first that has some: whoever asks
 * for its help would be given that of the first.
 */
export function refuseMistypedVerb(program: Command, [word, second]: readonly string[]): void {
  if (word === undefined || word.startsWith('-')) return;
  const verb = program.commands.find((command) => command.name() === word);
  if (verb) refuseMistypedBelow(verb, second);
  if (verb || word.includes('/') || fs.existsSync(word)) return;
  const source = ` A source of that name is written "./${word}"`;
  const names = namesOf(program);
  throw new UserError(`Unknown verb "${word}"; ${mountHint(word) ?? hint(word, names, 'markerfs --help')}${source}`, 2);
}

function refuseMistypedBelow(verb: Command, word: string | undefined): void {
  const names = namesOf(verb);
  if (names.length === 0 || word === undefined || word.startsWith('-') || names.includes(word)) return;
  const help = `markerfs ${verb.name()} --help`;
  throw new UserError(`Unknown verb "${verb.name()} ${word}"; ${hint(word, names, help)}`, 2);
}

function namesOf(command: Command): string[] {
  return command.commands.map((verb) => verb.name());
}

function mountHint(word: string): string | undefined {
  return word === 'mount' ? 'mounting has none: markerfs <source> <mountpoint>.' : undefined;
}

function hint(word: string, names: readonly string[], help: string): string {
  const similar = similarTo(word, names);
  return similar === undefined ? `"${help}" lists all.` : `did you mean ${similar}?`;
}
