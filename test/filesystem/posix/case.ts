import type { ExecutionContext } from 'ava';
import { errnoName } from '../../../src/syscalls/index.js';

/** What any filesystem has to do: a title, and a function that finds it out in an empty directory of its own. */
export type PosixCases = Readonly<Record<string, (t: ExecutionContext, dir: string) => void | Promise<void>>>;

/** The code of the error with which something fails; 'no error' where it does not. */
export function codeOf(action: () => unknown): string {
  try {
    action();
    return 'no error';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** The same for a system call of the addon, which returns −errno. */
export function resultOf(result: number | bigint): string | number {
  return result < 0 ? errnoName(-Number(result)) : Number(result);
}
