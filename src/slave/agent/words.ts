import { UserError } from '../../volume/errors.js';

/**
 * The words of a command as a shell would split it, of the quoting that ssh's callers use: single quotes and
 * backslashes. Nothing is expanded; UserError where a shell would do more than split.
 */
export function splitWords(command: string): string[] {
  const words: string[] = [];
  let rest = command.trim();
  while (rest !== '') {
    const [word] = WORD.exec(rest) ?? [];
    if (word === undefined)
      throw new UserError(`Cannot run ${JSON.stringify(command)}: it is more than a plain command`);
    words.push(word.replace(PARTS, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''));
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

/** Up to a blank or the end; without what a shell gives a meaning. */
const WORD = /^(?:'[^']*'|\\[^\n]|[^\s'\\"$`;&|<>(){}!#~])+(?=\s|$)/;
const PARTS = /'([^']*)'|\\(.)/gs;

/** A word that a shell takes for exactly this text. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
