import { runHelper } from './helper.js';

/** Within this a mount answers, or does not. */
export const PATIENCE_MS = 10_000;

/**
 * Asks a mount, by another process: this one may serve it, or has others to serve, and must not wait for it. `refuses`: it
 * answered with an error, as one does whose daemon was killed; `hangs`: it did not answer.
 */
export async function askMount(mountpoint: string, patienceMs = PATIENCE_MS): Promise<'answers' | 'refuses' | 'hangs'> {
  const { status, error } = await runHelper('stat', ['--file-system', '--', mountpoint], patienceMs);
  if (status === 0) return 'answers';
  return status === null && !error ? 'hangs' : 'refuses';
}
