import { realpathSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { errorCause, UserError } from '../../volume/errors.js';
import { splitWords } from './words.js';

/** What an agent is to do: speak its protocol, have rsync read its directory, or run rsync with these arguments. */
export type Asked = { readonly what: 'serve' | 'read' } | { readonly what: 'rsync'; readonly args: readonly string[] };

/** What a client of rsync asks for that wants a daemon: a module, that is, of which nothing is said here. */
const DAEMON = ['--server', '--daemon', '.'];

/**
 * What is asked of an agent whose directory is `root`. `original`: SSH_ORIGINAL_COMMAND, what a client wanted to run
 * where sshd runs the agent whatever it wants. `rest`: what stands behind the agent's own arguments. UserError for
 * anything that is not an agent's business.
 */
export function whatIsAsked(root: string, original: string | undefined, rest: readonly string[]): Asked {
  const asked = (args: readonly string[]): Asked => {
    if (args.length === 0) return { what: 'serve' };
    return isDeepStrictEqual(args, DAEMON) ? { what: 'read' } : { what: 'rsync', args };
  };
  if (original === undefined || original.trim() === '') return asked(rest);
  const words = splitWords(original);
  if (words[0] === 'rsync') return asked(words.slice(1));
  const [program = '', verb, option, wanted = '', ...more] = words;
  if (path.basename(program) !== 'markerfs' || verb !== 'agent' || option !== '--root')
    throw new UserError(`Cannot run ${JSON.stringify(original)}: this key is for markerfs's copy in "${root}" alone`);
  if (realRoot(wanted) !== root) throw new UserError(`Cannot serve "${wanted}": this key is for "${root}" alone`);
  return asked(more);
}

/** The real path of an agent's directory; UserError where there is none. */
export function realRoot(directory: string): string {
  if (!path.isAbsolute(directory)) throw new UserError(`Cannot serve "${directory}": wanted an absolute path`, 2);
  try {
    return realpathSync(directory);
  } catch (error) {
    throw new UserError(`Cannot serve "${directory}": ${errorCause(error)}`);
  }
}
