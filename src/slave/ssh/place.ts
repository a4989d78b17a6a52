import { MODULE } from '../agent/calls.js';
import { AgentPlace, type Route } from '../agent/place.js';
import { quoteWord } from '../agent/words.js';
import { SLAVE_STATE } from '../identity.js';
import { STORE } from '../local/versions/layout.js';
import { formatTarget, hostOf, type SshTarget } from '../target.js';
import { forRsync, sshCommand } from './command.js';
import { ControlSocket } from './control.js';
import { explainSsh } from './reasons.js';

/** A directory of another machine, served by `markerfs agent` there. `timeoutMs`: see sshCommand. */
export function agentOverSsh(target: SshTarget, timeoutMs?: number): AgentPlace {
  return new AgentPlace(new SshRoute(target, timeoutMs));
}

/** The agent's ssh is the master of the connection that all rsyncs of a pass go through. */
class SshRoute implements Route {
  readonly directory: string;
  readonly #socket = new ControlSocket();

  constructor(
    private readonly to: SshTarget,
    private readonly timeoutMs: number | undefined,
  ) {
    this.directory = to.directory;
  }

  dial() {
    const { host, directory } = this.to;
    this.close();
    const agent = `markerfs agent --root ${quoteWord(directory)}`;
    return {
      command: [
        ...sshCommand(this.to, this.timeoutMs, { path: this.#socket.open(), master: 'yes' }),
        '--',
        host,
        agent,
      ],
      peer: `"${host}"`,
      explain: (ending: Parameters<typeof explainSsh>[1]) => explainSsh(host, ending),
    };
  }

  rsync(root: string) {
    return {
      ...this.#way(root),
      destination: `${hostOf(this.to)}:${root}`,
      temporary: `${root}/${SLAVE_STATE}/tmp`,
      partial: `${root}/${SLAVE_STATE}/partial`,
      versions: `${root}/${STORE}`,
    };
  }

  source(root: string) {
    return { ...this.#way(root), source: `${hostOf(this.to)}::${MODULE}` };
  }

  target(root: string) {
    return formatTarget({ ...this.to, directory: root });
  }

  close(): void {
    this.#socket.close();
  }

  /** What rsync needs to get there. */
  #way(root: string) {
    const ssh = forRsync(sshCommand(this.to, this.timeoutMs, { path: this.#socket.open(), master: 'no' }));
    return { args: ['-e', ssh, `--rsync-path=markerfs agent --root ${quoteWord(root)}`], env: {} };
  }
}
