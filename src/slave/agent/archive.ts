import type { Archive, KeptObject, KeptVersion, RsyncSource } from '../archive.js';
import { STORE } from '../local/versions/layout.js';
import { type BytePath, isAtOrBelow, readable } from '../path.js';
import type { KeptRow } from './calls.js';
import type { AgentConnection } from './connection.js';
import { ProtocolError } from './frames.js';
import { checkPath, checkVersion } from './input.js';

/** Old versions in a copy that an agent serves. */
export class AgentArchive implements Archive {
  constructor(
    readonly rsync: RsyncSource,
    private readonly agent: AgentConnection,
  ) {}

  async versions(path: BytePath): Promise<readonly KeptVersion[]> {
    return (await this.agent.call('versions', { value: path })).list.map(checkVersion);
  }

  async *below(path: BytePath, timeUs: number): AsyncGenerator<readonly KeptObject[]> {
    // Before 1970 there is nothing, too.
    const wholeUs = Math.max(0, Math.floor(timeUs));
    let { list } = await this.agent.call('keptBelow', { value: [path, wholeUs] });
    while (list.length > 0) {
      yield list.map((row) => keptObject(row, path));
      ({ list } = await this.agent.call('keptBelow', { value: null }));
    }
  }

  close(): void {
    // Where the connection is lost, the agent closes it by itself.
    if (this.agent.isOpen) this.agent.call('lookAway', {}).catch(() => undefined);
  }
}

const FOLDER = new RegExp(`^(?:${STORE.replace('.', '[.]')}/\\d+/[or])?$`);

/** What an agent says that was at or below a path: nothing else is asked of rsync. ProtocolError where it is elsewhere. */
export function keptObject([found, folder, hasHoles]: KeptRow, top: BytePath): KeptObject {
  const path = checkPath(found);
  if (isAtOrBelow(path, top) && FOLDER.test(folder)) return { path, folder, hasHoles };
  throw new ProtocolError(`Cannot take "${readable(folder)}/${readable(path)}" for a version of "${readable(top)}"`);
}
