import { markPrefixes } from '../../marker/mark.js';
import { execRsync, type RsyncRun, type RunOptions } from '../../slave/rsync/run.js';
import { isRemote, type RsyncOptions } from './options.js';

/**
 * Which xattrs go along. Any x-rule turns rsync's own choice off, so that it is made here: never the marks, of whatever
 * volume, and never what the filesystem itself serves (ACLs go with -A; xfs shows root each ACL under a name in `trusted.`, too, and
 * rsync would remove it there where the source has no such name, and the ACL with it); only `user.` where the rest may not be read.
 */
function excludedXattrs(privileged: boolean): string[] {
  return [
    'system.*',
    'trusted.SGI_ACL_*',
    ...markPrefixes.map((prefix) => `${prefix}**`),
    ...(privileged ? [] : ['trusted.*', 'security.*']),
  ];
}

/**
 * The arguments that every run shares. No --force: what stands in the way is removed, and noted, before. Without the
 * modify window rsync takes times within one second for equal, and does not set them: also not those of symlinks that
 * it has just made.
 */
export function commonArguments(privileged: boolean): string[] {
  const rules = excludedXattrs(privileged).map((name) => `--filter=-x ${name}`);
  return ['-aHAX', '--numeric-ids', '--modify-window=-1', '--stats', '--no-human-readable', ...rules];
}

/**
 * What a connection needs: a timeout where it can break, and to be used as it may be. A receiver on the other side is not told of the rules
 * for xattrs, and removes what the source has not, unless it is given them as options of its own; `_` since ssh may part words.
 */
function connection({ source, target, timeoutMs, privileged, jobs, bwlimitKiB, compress }: RsyncOptions): string[] {
  const { destination } = target;
  const rules = excludedXattrs(privileged).map((name) => `-M--filter=-x_${name}`);
  const seconds = Math.ceil(timeoutMs / 1000);
  return [
    ...(isRemote(destination) || isRemote(source) ? [`--timeout=${seconds}`] : []),
    ...(isRemote(destination) ? rules : []),
    ...(isDaemon(destination) ? [`--contimeout=${seconds}`] : []),
    ...(bwlimitKiB === undefined ? [] : [`--bwlimit=${Math.max(1, Math.floor(bwlimitKiB / jobs))}`]),
    ...(compress ? ['--compress'] : []),
  ];
}

/**
 * Runs rsync from a source to a slave, or the other way round, with these arguments besides the common ones; its words name the source by its
 * name. Never throws for what rsync does, and comes to an end whatever that is.
 */
export async function runRsync(
  options: RsyncOptions,
  flags: readonly string[],
  { input, inputFile, onOutput }: Pick<RunOptions, 'input' | 'inputFile' | 'onOutput'> = {},
): Promise<RsyncRun> {
  const { source, sourceName, target, privileged, timeoutMs, signal, program } = options;
  const common = [...commonArguments(privileged), ...connection(options)];
  const places = [withSlash(source), withSlash(target.destination)];
  // rsync itself is to tell of a connection that broke.
  const patienceMs = isRemote(target.destination) || isRemote(source) ? 2 * timeoutMs : timeoutMs;
  const how = { input, inputFile, onOutput, patienceMs, signal, program };
  const run = await execRsync([...common, ...flags, ...target.args, ...places], target, how);
  const named = (text: string): string => text.replaceAll(source, sourceName);
  return { ...run, reason: named(run.reason), stderr: named(run.stderr) };
}

/** rsync speaks to a daemon, not to itself over a shell. */
function isDaemon(destination: string): boolean {
  return /^rsync:\/\/|^[^/]*::/.test(destination);
}

function withSlash(directory: string): string {
  return directory.endsWith('/') ? directory : `${directory}/`;
}
