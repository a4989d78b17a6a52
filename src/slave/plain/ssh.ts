import { spawnSync } from 'node:child_process';
import { forRsync, sshCommand } from '../ssh/command.js';
import { ControlSocket } from '../ssh/control.js';
import { formatTarget, hostOf, type SshTarget } from '../target.js';
import { PlainPlace } from './place.js';
import { Remote } from './remote.js';

/** How long ssh may take to tell its own process on this machine to end. */
const PATIENCE_MS = 2000;

/**
 * A directory of another machine that has ssh and rsync, and nothing of markerfs. A pass runs rsync several times: the
 * first one logs in, and the others go through its connection. `timeoutMs`: how long it may be silent.
 */
export function plainOverSsh(target: SshTarget, timeoutMs?: number): PlainPlace {
  const socket = new ControlSocket();
  const ssh = sshCommand(target, timeoutMs, { path: socket.open(), master: 'auto' });
  const reach = { destination: `${hostOf(target)}:${target.directory}`, args: ['-e', forRsync(ssh)], env: {} };
  return new PlainPlace(new Remote(reach, formatTarget(target), timeoutMs), () => {
    const [program = '', ...args] = [...ssh, '-O', 'exit', '--', target.host];
    // It fails where there is no connection.
    spawnSync(program, args, { stdio: 'ignore', timeout: PATIENCE_MS });
    socket.close();
  });
}
