import fs from 'node:fs';
import { causeAndCure } from '../../volume/errors.js';
import { isRoot } from '../../volume/user.js';
import { Unfit } from '../place.js';
import { type DaemonTarget, formatTarget } from '../target.js';
import { PlainPlace } from './place.js';
import { Remote } from './remote.js';

/** How long an rsync daemon may take to answer; seconds. */
const CONNECT_SECONDS = 20;

/**
 * A directory that an rsync daemon serves, which may be silent for `timeoutMs`. Throws Unfit where the password file may
 * not be used.
 */
export function daemonPlace(target: DaemonTarget, passwordFile?: string, timeoutMs?: number): PlainPlace {
  const args = [`--contimeout=${CONNECT_SECONDS}`, '--no-motd'];
  if (passwordFile !== undefined) args.push(`--password-file=${usablePasswordFile(passwordFile)}`);
  // Without a password rsync would ask the terminal for one.
  const env: Record<string, string> = passwordFile === undefined ? { RSYNC_PASSWORD: '' } : {};
  const destination = formatTarget(target);
  return new PlainPlace(new Remote({ destination, args, env }, destination, timeoutMs));
}

/** rsync's own rules, said before it is run: a file of one's own that nobody else can read. */
function usablePasswordFile(file: string): string {
  const refuse = (cause: string): never => {
    throw new Unfit(`cannot use password file "${file}": ${cause}`);
  };
  let stat: fs.Stats;
  try {
    stat = fs.statSync(file);
    fs.accessSync(file, fs.constants.R_OK);
  } catch (error) {
    return refuse(causeAndCure(error));
  }
  if (!stat.isFile()) refuse('it is not a file; give one');
  if ((stat.mode & 0o077) !== 0) refuse(`others may read it; run: chmod 600 "${file}"`);
  if (isRoot() && stat.uid !== 0) refuse('it is not owned by root; run: chown root');
  return file;
}
