import { causeAndCure, errorCode } from './errors.js';

/** Where the disk, a permission or a limit is in the way, a person can do something about it. */
const REFUSALS = ['EACCES', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EPERM', 'EROFS', 'SQLITE_FULL'];

/** An error that nobody expected where it came up, for people, where the machine is its cause; undefined of a bug. */
export function refusedByMachine(error: unknown): string | undefined {
  if (!REFUSALS.includes(errorCode(error))) return undefined;
  const { syscall = 'go on', path, object = path } = error as { syscall?: string; path?: string; object?: string };
  return `Cannot ${syscall}${object === undefined ? '' : ` "${object}"`}: ${causeAndCure(error)}`;
}
