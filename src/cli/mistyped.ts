import fs from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../volume/errors.js';
import { similarTo } from './similar.js';

/**
 * Mounting has no verb: a mistyped one would be taken for a source. UserError where the first word is a bare one that is
 * neither a verb nor anything that is there.
 */
export function refuseMistypedVerb(program: Command, [word]: readonly string[]): void {
  if (word === undefined || word.startsWith('-') || word.includes('/') || fs.existsSync(word)) return;
  const names = program.commands.map((command) => command.name());
  if (names.includes(word)) return;
  throw new UserError(`Unknown verb "${word}"; ${hint(word, names)} A source of that name is written "./${word}"`, 2);
}

function hint(word: string, names: readonly string[]): string {
  if (word === 'mount') return 'mounting has none: markerfs <source> <mountpoint>.';
  const similar = similarTo(word, names);
  return similar === undefined ? '"markerfs --help" lists all.' : `did you mean ${similar}?`;
}
