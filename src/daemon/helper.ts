import { spawn } from 'node:child_process';

/** How a program ended that does something small for this process. */
export interface HelperEnd {
  /** Null where it took too long. */
  readonly status: number | null;
  /** It could not be run. */
  readonly error?: Error;
}

/** Runs a program, which is ended where it takes longer than `patienceMs`. */
export function runHelper(program: string, args: readonly string[], patienceMs: number): Promise<HelperEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: patienceMs });
    child.once('error', (error) => resolve({ status: null, error }));
    child.once('exit', (status) => resolve({ status }));
  });
}
