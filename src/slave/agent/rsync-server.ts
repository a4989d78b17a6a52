import { closeSync, existsSync, lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { errorCause, UserError } from '../../volume/errors.js';
import { SLAVE_STATE } from '../identity.js';
import { STORE } from '../local/versions/layout.js';
import { serverArguments } from './rsync-arguments.js';
import { spawnRsync } from './spawn-rsync.js';
import { Turn } from './turn.js';

/**
 * Runs rsync's receiving side for a client, over this process's own standard streams, and answers its exit status.
 * UserError where it is asked to do anything else than to write in `root`.
 */
export async function runRsyncServer(root: string, sent: readonly string[]): Promise<number> {
  const args = serverArguments(sent, root);
  refuseLinks(root);
  const turn = Turn.share(root);
  // The lock lives as long as rsync has it, also if this process is killed.
  const ended = spawnRsync(args, { cwd: root, more: [turn] });
  closeSync(turn);
  return ended;
}

/** The folders that rsync is given by name must be where they seem to be. */
function refuseLinks(root: string): void {
  const versions = existsSync(path.join(root, STORE)) ? [STORE] : [];
  for (const folder of [SLAVE_STATE, `${SLAVE_STATE}/tmp`, ...versions]) {
    const place = path.join(root, folder);
    try {
      if (lstatSync(place).isDirectory() && realpathSync(place) === place) continue;
    } catch (error) {
      throw new UserError(`Cannot use "${place}": ${errorCause(error)}`);
    }
    throw new UserError(`Cannot use "${place}": it is not a directory`);
  }
}
