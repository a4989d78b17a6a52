import { Command, CommanderError } from 'commander';

/** The names that a mistyped one may have meant, such as `list` or `one of add, set`; commander knows, and says it to verbs. */
export function similarTo(word: string, names: readonly string[]): string | undefined {
  const verbs = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  for (const name of names) verbs.command(name);
  try {
    verbs.parse(['--', word], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return /\(Did you mean (?:one of )?(.*)\?\)/.exec(error.message)?.[1];
    throw error;
  }
  return undefined;
}
