import { type BytePath, toBytes } from '../../slave/path.js';
import { BROKEN } from '../../slave/rsync/reasons.js';
import type { RsyncRun } from '../../slave/rsync/run.js';
import { UserError } from '../../volume/errors.js';
import { classify } from './classify.js';
import type { RsyncOptions } from './options.js';
import { runRsync } from './run.js';
import { parseStats, type TransferStats } from './stats.js';
import type { PutResult, Transfer } from './transfer.js';
import { filesOf, type Unit } from './units.js';

/** The pass cannot go on; the next one tries again. */
export class PassError extends UserError {
  override name = 'PassError';
}

/** What is on the other side of a run ended in its middle. */
export class BrokenRun extends PassError {
  override name = 'BrokenRun';
}

/**
 * What became of a run's list. One that was ended by a signal may come to its end alone, or with less; PassError where the
 * pass cannot go on.
 */
export function verdictOf({ status, signal, reason, stderr }: RsyncRun): PutResult['verdict'] {
  if (signal !== undefined) return 'partial';
  if (status === undefined) throw new PassError(`Cannot finish the pass: ${reason}`);
  const verdict = classify(status, stderr);
  if (verdict !== 'halt') return verdict;
  const Kind = BROKEN.test(stderr) ? BrokenRun : PassError;
  throw new Kind(`Cannot ship: rsync: ${reason} (status ${status})`);
}

/**
 * The list as rsync reads it: `./` makes the root an implied directory, and keeps `#` and `;` from beginning a comment.
 */
export function formatList(units: readonly Unit[]): Buffer {
  const paths = units.flatMap(({ items }) => items.map(({ path }): BytePath => `./${path}\0`));
  return toBytes(paths.join(''));
}

/** A file is read at this rate at least, bytes a second: for so long nothing may come from who compares it. */
const SLOWEST_READ = 20e6;

/** Options that leave time to read the largest of some files. */
export function patientFor(units: readonly Unit[], options: RsyncOptions): RsyncOptions {
  const largest = filesOf(units).reduce((most, { size }) => Math.max(most, Number(size)), 0);
  return { ...options, timeoutMs: options.timeoutMs + Math.floor(largest / SLOWEST_READ) * 1000 };
}

/** Brings lists of paths to a slave by rsync. */
export class Rsync implements Transfer {
  constructor(private readonly options: RsyncOptions) {}

  get jobs(): number {
    return this.options.jobs;
  }

  get hugeBytes(): number | undefined {
    const { inplaceKiB } = this.options;
    return inplaceKiB === undefined ? undefined : inplaceKiB * 1024;
  }

  async put(
    units: readonly Unit[],
    inPlace: boolean,
    backup?: string,
    onBytes?: (bytes: number) => void,
  ): Promise<PutResult> {
    const { effort } = units[0]!;
    const files = filesOf(units);
    const flags = [
      effort === 'write' ? '-I' : '-c',
      ...(files.some(({ hasHoles }) => hasHoles) ? ['-S'] : []),
      ...(inPlace ? ['--inplace'] : this.#beside()),
      ...(backup === undefined ? [] : ['--backup', `--backup-dir=${backup}`]),
      '--from0',
      '--files-from=-',
    ];
    const expected = effort === 'write' ? files.length : 0;
    const result = await this.#run(patientFor(units, this.options), flags, formatList(units), expected, onBytes);
    return result.verdict === 'done' ? { ...result, unchanged: files.length - result.files } : result;
  }

  /** Where a file is written before it is complete, and where what arrived of it is kept when the connection breaks. */
  #beside(): string[] {
    const { temporary, partial } = this.options.target;
    return [
      ...(temporary === undefined ? [] : [`--temp-dir=${temporary}`]),
      ...(partial === undefined ? [] : [`--partial-dir=${partial}`]),
    ];
  }

  /** `./` alone in a list would send all that the root holds; excluding it all leaves the root. */
  async putRoot(): Promise<PutResult> {
    return this.#run(this.options, ['--no-recursive', '--dirs', '--filter=- /*'], Buffer.alloc(0), 0);
  }

  async #run(
    options: RsyncOptions,
    flags: string[],
    input: Buffer,
    files: number,
    onBytes?: (bytes: number) => void,
  ): Promise<PutResult & TransferStats> {
    const told = onBytes ? ['--info=progress2'] : [];
    const onOutput = onBytes && ((output: string) => tellBytes(output, onBytes));
    const run = await runRsync(options, [...told, ...flags], { input, onOutput });
    const { stdout, reason } = run;
    const verdict = verdictOf(run);
    const stats = parseStats(stdout);
    // Status 0 alone is no proof: rsync has been seen to end so with nothing written.
    if (verdict === 'done' && stats.files < files) {
      return {
        verdict: 'partial',
        reason: `rsync sent ${stats.files} of ${files} files and reported no error`,
        ...stats,
      };
    }
    return { verdict, reason, ...stats };
  }
}

/** `--info=progress2` writes a line over itself: bytes, per cent, and more. */
function tellBytes(output: string, onBytes: (bytes: number) => void): void {
  const bytes = [...output.matchAll(/\r *(\d+) +\d+%/g)].at(-1)?.[1];
  if (bytes !== undefined) onBytes(Number(bytes));
}
