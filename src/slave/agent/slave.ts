import type { Row, Terms } from '../digest/row.js';
import { formatManifest, type Manifest, type Move, parseManifest } from '../manifest.js';
import type { BytePath } from '../path.js';
import type {
  DescribedSlave,
  DirectoryTime,
  Entry,
  Failure,
  KeepingSlave,
  MoveResult,
  ObjectId,
  RsyncTarget,
  SyncPoint,
} from '../slave.js';
import { type MoveRow, piecesOf, rowEntry, timeRow } from './calls.js';
import type { AgentConnection } from './connection.js';
import { checkName, checkObjectId, checkPath } from './input.js';

/** A slave that an agent serves. The connection outlives it. */
export class AgentSlave implements DescribedSlave, KeepingSlave {
  readonly privileged: boolean;

  constructor(
    readonly name: string,
    readonly rsync: RsyncTarget,
    private readonly agent: AgentConnection,
  ) {
    this.privileged = agent.hello.privileged;
  }

  async stat(paths: readonly BytePath[]): Promise<(Entry | undefined)[]> {
    if (paths.length === 0) return [];
    const { list } = await this.agent.call('stat', { list: paths });
    return list.map((row) => (row ? rowEntry(row) : undefined));
  }

  async list(path: BytePath): Promise<Set<BytePath> | undefined> {
    const { value, list } = await this.agent.call('list', { value: path });
    return value ? new Set(list.map(checkName)) : undefined;
  }

  async remove(path: BytePath): Promise<Failure | undefined> {
    return (await this.agent.call('remove', { value: path })).value ?? undefined;
  }

  async linkedBelow(path: BytePath): Promise<Map<ObjectId, { here: number; all: number }>> {
    const { list } = await this.agent.call('linkedBelow', { value: path });
    return new Map(list.map(([id, here, all]) => [checkObjectId(id), { here, all }]));
  }

  async findNames(objects: ReadonlySet<ObjectId>): Promise<BytePath[]> {
    const { list } = await this.agent.call('findNames', { list: [...objects] });
    return list.map(checkPath);
  }

  async readManifest(): Promise<Manifest | undefined> {
    const { list } = await this.agent.call('readManifest', {});
    return list.length === 0 ? undefined : parseManifest(list.join(''));
  }

  async writeManifest(manifest: Manifest | undefined): Promise<void> {
    await this.agent.call('writeManifest', { list: manifest ? piecesOf(formatManifest(manifest)) : [] });
  }

  async takeAway(id: number, move: Move): Promise<MoveResult> {
    return (await this.agent.call('takeAway', { value: rowOf(id, move) })).value;
  }

  async putBack(id: number, move: Move): Promise<MoveResult> {
    return (await this.agent.call('putBack', { value: rowOf(id, move) })).value;
  }

  async dropAway(): Promise<void> {
    await this.agent.call('dropAway', {});
  }

  async keepVersions(untilUs: number): Promise<void> {
    await this.agent.call('keepVersions', { value: untilUs });
  }

  async keepCopies(paths: readonly BytePath[]): Promise<Failure[]> {
    if (paths.length === 0) return [];
    return [...(await this.agent.call('keepCopies', { list: paths })).list];
  }

  async thinVersions(keepUs: number, nowUs: number): Promise<void> {
    await this.agent.call('thinVersions', { value: [keepUs, nowUs] });
  }

  async digest(directories: readonly BytePath[], terms: Terms): Promise<(string | undefined)[]> {
    const { list } = await this.agent.call('digest', { value: terms, list: directories });
    return list.map((digest) => digest ?? undefined);
  }

  async describe(directory: BytePath, terms: Terms): Promise<readonly Row[]> {
    const { list } = await this.agent.call('describe', { value: { directory, terms } });
    for (const [at, [name]] of list.entries()) if (at > 0) checkName(name);
    return list;
  }

  async setTimes(times: readonly DirectoryTime[]): Promise<Failure[]> {
    if (times.length === 0) return [];
    return [...(await this.agent.call('setTimes', { list: times.map(timeRow) })).list];
  }

  async flush(): Promise<void> {
    await this.agent.call('flush', {});
  }

  async readSyncPoint(): Promise<SyncPoint | undefined> {
    return (await this.agent.call('readSyncPoint', {})).value ?? undefined;
  }

  async writeSyncPoint(point: SyncPoint): Promise<void> {
    await this.agent.call('writeSyncPoint', { value: point });
  }

  close(): void {
    // Where the connection is lost, the agent closes it by itself.
    if (this.agent.isOpen) this.agent.call('close', {}).catch(() => undefined);
  }
}

function rowOf(id: number, { from, to }: Move): MoveRow {
  return [id, from, to];
}
