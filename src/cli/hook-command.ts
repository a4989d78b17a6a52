import { InvalidArgumentError } from 'commander';

/** What runs after each pass of a slave: a program and its arguments. */
export interface Commands {
  readonly onSuccess?: readonly string[];
  readonly onFailure?: readonly string[];
}

/** A program and its arguments, separated by blanks. There is no shell, and no quoting: what needs more is a script. */
export function parseHook(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The same of an option's value, which has to name a program. */
export function parseHookOption(text: string): string[] {
  const words = parseHook(text);
  if (words.length === 0) throw new InvalidArgumentError('wanted a program and its arguments.');
  return words;
}
