import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { errorCause, UserError } from '../../volume/errors.js';

export interface SpawnOptions {
  readonly cwd: string;
  /** Open files that it has besides the standard streams. */
  readonly more?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs rsync over this process's own standard streams, with nothing else of its environment than where programs are, and
 * answers its exit status.
 */
export async function spawnRsync(args: readonly string[], { cwd, more = [], env }: SpawnOptions): Promise<number> {
  const rsync = spawn('rsync', args, {
    stdio: ['inherit', 'inherit', 'inherit', ...more],
    cwd,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...env },
  });
  try {
    const [status, signal] = (await once(rsync, 'exit')) as [number | null, NodeJS.Signals | null];
    if (status === null) throw new UserError(`rsync was ended by ${signal}`);
    return status;
  } catch (error) {
    throw new UserError(`Cannot run rsync: ${errorCause(error)}`);
  }
}
