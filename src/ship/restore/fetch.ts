import path from 'node:path';
import type { RsyncSource } from '../../slave/archive.js';
import type { SlaveSettings } from '../../volume/slave-settings.js';
import { isRoot } from '../../volume/user.js';
import { timeoutFor } from '../transfer/options.js';
import { runRsync } from '../transfer/run.js';
import type { RestoreList } from './list.js';

/** Has rsync bring what is on a list from a copy into a directory; why not all of it came, undefined where it did. */
export async function fetch(
  { source, args, env }: RsyncSource,
  list: RestoreList,
  into: string,
  { timeoutMs = timeoutFor(source), bwlimitKiB, compress }: SlaveSettings,
): Promise<string | undefined> {
  const target = { destination: path.resolve(into), temporary: undefined, args, env };
  const how = { source, sourceName: source, target, privileged: isRoot(), timeoutMs, jobs: 1, bwlimitKiB, compress };
  const holes = list.hasHoles ? ['-S'] : [];
  const flags = ['--no-implied-dirs', '--ignore-existing', ...holes, '--from0', '--files-from=-'];
  const { status, reason } = await runRsync(how, flags, { inputFile: list.file });
  return status === 0 ? undefined : reason;
}
