import { durationText } from '../../volume/duration.js';
import type { RsyncTarget } from '../slave.js';
import { IdleWatch } from './idle.js';
import { reasonOf } from './reasons.js';

/** One run of rsync, ended. */
export interface RsyncRun {
  /** rsync(1), EXIT VALUES; undefined where it did not come to an end by itself. */
  readonly status: number | undefined;
  /** The signal by which somebody else ended it. */
  readonly signal?: string | undefined;
  /** What went wrong, in rsync's own words where it had any; of no meaning with status 0. */
  readonly reason: string;
  /** One character a byte. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: Buffer | undefined;
  /** A file that it reads instead. */
  readonly inputFile?: string | undefined;
  /** Is told rsync's output as it comes. */
  readonly onOutput?: ((output: string) => void) | undefined;
  /** It is ended when it did nothing for so long. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The program; for tests. */
  readonly program?: string | undefined;
}

/** How long rsync may take to clean up when it is interrupted, before it is killed; milliseconds. */
const GRACE_MS = 5000;

/**
 * Runs rsync. Never throws for what rsync does. Comes to an end, whatever rsync does: one that does nothing for too long
 * is ended, and left alone where even that is in vain.
 */
export async function execRsync(
  args: readonly string[],
  { env }: Pick<RsyncTarget, 'env'>,
  { input, inputFile, onOutput, patienceMs, signal, program = 'rsync' }: RunOptions,
): Promise<RsyncRun> {
  const { execa } = await import('execa');
  const running = execa(program, args, {
    ...(input ? { input } : {}),
    ...(inputFile === undefined ? {} : { inputFile }),
    reject: false,
    // The caller's directory may have been removed, or be closed to this user.
    cwd: '/',
    env: { ...env, LC_ALL: 'C' },
    encoding: 'latin1',
    maxBuffer: Number.MAX_SAFE_INTEGER,
    forceKillAfterDelay: GRACE_MS,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  if (onOutput) running.stdout.on('data', (chunk: Buffer) => onOutput(String(chunk)));
  const idle = new IdleWatch(running.pid, patienceMs, GRACE_MS);
  const ended = await Promise.race([running, idle.hopeless]);
  idle.end();
  if (!ended || idle.isIdle) {
    return { status: undefined, reason: `rsync did nothing for ${durationText(patienceMs)}`, stdout: '', stderr: '' };
  }
  const { exitCode: status, stdout, isCanceled, shortMessage = '', ...result } = ended;
  const killedBy = isCanceled ? undefined : result.signal;
  const stderr = Buffer.from(result.stderr, 'latin1').toString();
  const cause =
    killedBy === undefined ? `rsync did not end by itself: ${shortMessage}` : `rsync was ended by ${killedBy}`;
  const unfinished = isCanceled ? 'it was interrupted' : cause;
  return {
    status,
    signal: killedBy,
    reason: status === undefined ? unfinished : reasonOf(status, stderr),
    stdout,
    stderr,
  };
}
