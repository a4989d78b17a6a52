import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../volume/errors.js';
import { makeTemporary } from '../../volume/temporary.js';
import { isRoot } from '../../volume/user.js';
import { MODULE } from './calls.js';
import { spawnRsync } from './spawn-rsync.js';

/**
 * Has rsync read the directory `root` for a client, over this process's own standard streams, and answers its exit status.
 * It is rsync's daemon for one connection, and not `rsync --server --sender`: what the client names (paths, lists of them,
 * files of filter rules) is looked for from the root alone. For root the daemon is shut up in there (chroot(2)), where no
 * symlink leads out, whoever puts one there meanwhile. Others cannot do that; rsync itself follows none out from 3.5 on.
 */
export async function runRsyncSource(root: string): Promise<number> {
  if (!isRoot()) await refuseOldRsync();
  // Not in the copy: what is there a client can write.
  const folder = makeTemporary('markerfs-agent-');
  try {
    const config = path.join(folder, 'rsyncd.conf');
    fs.writeFileSync(config, daemonConfig(isRoot()));
    return await spawnRsync(['--server', '--daemon', `--config=${config}`, '.'], { cwd: root, env: { [ROOT]: root } });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment variable that names the directory: in the file itself some characters have a meaning. */
const ROOT = 'MARKERFS_ROOT';

/** Options that only say what is copied, or how; and --files-from, whose file the daemon looks for in the directory. */
const ALLOWED = `a hard-links acls xattrs relative no-implied-dirs no-recursive no-r sparse numeric-ids modify-window
  files-from timeout bwlimit compress compress-choice compress-level new-compress old-compress`.split(/\s+/);

/** rsyncd.conf(5). */
function daemonConfig(privileged: boolean): string {
  return [
    'log file = /dev/null',
    'reverse lookup = no',
    `use chroot = ${privileged ? 'yes' : 'no'}`,
    ...(privileged ? ['uid = 0', 'gid = 0'] : []),
    'read only = yes',
    'numeric ids = yes',
    'munge symlinks = no',
    `refuse options = * ${ALLOWED.map((option) => `!${option}`).join(' ')}`,
    `[${MODULE}]`,
    `path = %${ROOT}%`,
    '',
  ].join('\n');
}

/** The first release that follows no symlink out of a module, without chroot(2). */
const [MAJOR, MINOR] = [3, 5];

async function refuseOldRsync(): Promise<void> {
  const { stdout } = await promisify(execFile)('rsync', ['--version']).catch(() => ({ stdout: '' }));
  const [, major, minor] = /version v?(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) > MAJOR || (Number(major) === MAJOR && Number(minor) >= MINOR)) return;
  throw new UserError(
    `Cannot let rsync read the copy: an agent that is not run by root needs rsync ${MAJOR}.${MINOR} or later for it`,
  );
}
