import fs from 'node:fs';
import { errorCode, UserError } from '../../volume/errors.js';
import type { SlaveRecord } from '../../volume/slaves.js';
import type { Volume } from '../../volume/volume.js';
import { lookAt, problemLine } from './read.js';

/**
 * What a configuration file lists is the file's: UserError names file and line where verbs would set such a slave
 * otherwise. A file that is gone lists nothing; one that is no TOML may list anything.
 */
export function refuseListed({ source }: Volume, { name, listed }: SlaveRecord, action: string): void {
  const line = listed === null ? undefined : lineOf(listed.file, source, name);
  if (listed === null || line === undefined) return;
  throw new UserError(
    `Cannot ${action} slave "${name}": it is set in "${listed.file}", line ${line}; change it there, then: markerfs config apply "${listed.file}"`,
  );
}

/** The line at which a file lists a slave of a volume. UserError where that cannot be told. */
export function lineOf(file: string, source: string, name: string): number | undefined {
  if (!fs.existsSync(file)) return undefined;
  const { config, problems } = lookAt(file);
  const volume = config.volumes.find((one) => isSource(one.source, source));
  const line = volume?.slaves.find((slave) => slave.name === name)?.line;
  if (line === undefined && config.volumes.length === 0 && problems[0])
    throw new UserError(problemLine(file, problems[0]), 2);
  return line;
}

function isSource(listed: string, source: string): boolean {
  try {
    return fs.realpathSync(listed) === source;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
    // A mount whose daemon is gone covers it.
    return listed === source;
  }
}
