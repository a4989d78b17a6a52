import { spawn } from 'node:child_process';

/** How a program ended that does something small for this process. */
export interface HelperEnd {
  /** Null where it took too long. */
  readonly status: number | null;
  /** It could not be run. */
  readonly error?: Error;
}

/**
 * Runs a program, which is killed where it takes longer than `patienceMs`, and not waited for then: a call that a daemon has
 * begun to serve and does not answer ends with that daemon, whatever kills the caller (fuse's request_wait_answer).
 */
export function runHelper(program: string, args: readonly string[], patienceMs: number): Promise<HelperEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      resolve({ status: null });
    }, patienceMs);
    const end = (result: HelperEnd): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.once('error', (error) => end({ status: null, error }));
    child.once('exit', (status) => end({ status }));
  });
}
