import { type BytePath, toBytes } from '../../slave/path.js';
import { UserError } from '../../volume/errors.js';
import { classify, reasonOf } from './classify.js';
import { parseStats } from './stats.js';
import type { PutResult, Transfer } from './transfer.js';
import { isFile, type Unit } from './units.js';

/** The pass cannot go on; the next one tries again. */
export class PassError extends UserError {
  override name = 'PassError';
}

/** How long rsync may take to clean up when the pass is interrupted, before it is killed; milliseconds. */
const GRACE_MS = 5000;

/**
 * Which xattrs go along. Any x-rule turns rsync's own choice off, so that it is made here: never the marks, of whatever
 * volume, and never what the filesystem itself serves (ACLs go with -A); only `user.` where the rest may not be read.
 */
function xattrRules(privileged: boolean): string[] {
  const excluded = [
    'system.*',
    'trusted.markerfs.**',
    'user.markerfs.**',
    ...(privileged ? [] : ['trusted.*', 'security.*']),
  ];
  return excluded.map((name) => `--filter=-x ${name}`);
}

/**
 * The arguments that every run shares. No --force: what stands in the way is removed, and noted, before. Without the
 * modify window rsync takes times within one second for equal, and does not set them: also not those of symlinks that
 * it has just made.
 */
export function commonArguments(privileged: boolean): string[] {
  return ['-aHAXS', '--numeric-ids', '--modify-window=-1', '--stats', '--no-human-readable', ...xattrRules(privileged)];
}

/**
 * The list as rsync reads it: `./` makes the root an implied directory, and keeps `#` and `;` from beginning a comment.
 */
export function formatList(units: readonly Unit[]): Buffer {
  const paths = units.flatMap(({ items }) => items.map(({ path }): BytePath => `./${path}\0`));
  return toBytes(paths.join(''));
}

export interface RsyncOptions {
  readonly source: string;
  /** What people know the source by, in rsync's messages too. */
  readonly sourceName: string;
  readonly destination: string;
  /** Where files are written before they are complete. */
  readonly temporary: string;
  readonly privileged: boolean;
  readonly signal?: AbortSignal | undefined;
  /** The program; for tests. */
  readonly program?: string | undefined;
}

/** rsync on this machine. */
export class Rsync implements Transfer {
  constructor(private readonly options: RsyncOptions) {}

  async put(units: readonly Unit[]): Promise<PutResult> {
    const effort = units[0]!.effort;
    const flags = [
      effort === 'write' ? '-I' : '-c',
      `--temp-dir=${this.options.temporary}`,
      '--from0',
      '--files-from=-',
    ];
    const files = effort === 'write' ? units.filter(({ items }) => isFile(items[0]!.entry)).length : 0;
    return this.#run(flags, formatList(units), files);
  }

  /** `./` alone in a list would send all that the root holds; excluding it all leaves the root. */
  async putRoot(): Promise<PutResult> {
    return this.#run(['--no-recursive', '--dirs', '--filter=- /*'], Buffer.alloc(0), 0);
  }

  async #run(flags: string[], input: Buffer, files: number): Promise<PutResult> {
    const { source, sourceName, destination, privileged, signal, program = 'rsync' } = this.options;
    const { execa } = await import('execa');
    const result = await execa(
      program,
      [...commonArguments(privileged), ...flags, withSlash(source), withSlash(destination)],
      {
        input,
        reject: false,
        // The caller's directory may have been removed, or be closed to this user.
        cwd: '/',
        env: { LC_ALL: 'C' },
        encoding: 'latin1',
        forceKillAfterDelay: GRACE_MS,
        ...(signal ? { cancelSignal: signal } : {}),
      },
    );
    const stderr = Buffer.from(result.stderr, 'latin1').toString().replaceAll(source, sourceName);
    if (result.isCanceled) throw new PassError('Cannot finish the pass: it was interrupted');
    if (result.exitCode === undefined) throw new PassError(`Cannot run rsync: ${result.shortMessage}`);
    const verdict = classify(result.exitCode, stderr);
    const reason = reasonOf(result.exitCode, stderr);
    if (verdict === 'halt') throw new PassError(`Cannot ship: rsync: ${reason} (status ${result.exitCode})`);
    const stats = parseStats(result.stdout);
    // Status 0 alone is no proof: rsync has been seen to end so with nothing written.
    if (verdict === 'done' && stats.files < files) {
      return {
        verdict: 'partial',
        reason: `rsync sent ${stats.files} of ${files} files and reported no error`,
        bytes: stats.bytes,
      };
    }
    return { verdict, reason, bytes: stats.bytes };
  }
}

function withSlash(directory: string): string {
  return directory.endsWith('/') ? directory : `${directory}/`;
}
