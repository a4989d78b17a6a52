import { Worker } from 'node:worker_threads';
import { toBytes } from '../slave/path.js';
import { plainLine, showName } from '../volume/names.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { LookAnswer, LookRequest } from './looker.js';
import type { DirtyTree, Look } from './page/messages.js';
import type { Watched } from './watched.js';

interface Kept {
  readonly tree: DirtyTree;
  /** What the volume was at when it was looked at. */
  readonly moment: string;
  readonly takenMs: number;
  /** When the next look may be: one that took long is not made again soon. */
  readonly dueMs: number;
}

/** Between two looks at the same tree; at most, since what tells of changes may be missing. */
const SHORTEST_MS = 2000;
const LONGEST_MS = 30_000;
/** A look takes this part of the time at most. */
const SHARE = 1 / 10;
const MOST_KEPT = 32;

/** The dirty trees that pages look at, each looked up again after it may have changed; one at a time, in a thread. */
export class DirtyTrees {
  readonly #kept = new Map<string, Kept>();
  #worker: Worker | undefined;
  #busy = false;

  /** The tree as far as it is known; undefined until it was looked at once. Looks again where it is time. */
  get(
    watched: Watched,
    slaves: readonly SlaveRecord[],
    { slave, path }: Look['dirty'],
    nowMs: number,
  ): DirtyTree | undefined {
    const wanted = slave === null ? furthestBehind(slaves) : slaves.find(({ name }) => name === slave);
    if (!wanted)
      return {
        slave,
        path,
        shown: shown(path),
        tree: null,
        reason: slave === null ? null : `There is no slave "${slave}"`,
      };
    const key = JSON.stringify([wanted.name, path]);
    const kept = this.#kept.get(key);
    const moment = [watched.reader?.id, watched.reader?.head, wanted.stimeUs].join(' ');
    const changed = kept?.moment !== moment || nowMs - kept.takenMs > LONGEST_MS;
    if (changed && !this.#busy && nowMs >= (kept?.dueMs ?? 0)) this.#look(key, moment, wanted, watched, path);
    return kept?.tree;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #look(
    key: string,
    moment: string,
    { name, settings, stimeUs }: SlaveRecord,
    { volume }: Watched,
    path: string,
  ): void {
    this.#busy = true;
    const begun = performance.now();
    const keep = (answer: LookAnswer): void => {
      this.#busy = false;
      const tookMs = performance.now() - begun;
      const found =
        'tree' in answer ? { tree: answer.tree, reason: null } : { tree: null, reason: plainLine(answer.error) };
      const takenMs = Date.now();
      const dueMs = takenMs + Math.max(SHORTEST_MS, tookMs / SHARE);
      this.#kept.delete(key);
      this.#kept.set(key, { tree: { slave: name, path, shown: shown(path), ...found }, moment, takenMs, dueMs });
      for (const old of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(old);
    };
    const request: LookRequest = { volume, slave: { name, settings, stimeUs }, path };
    const worker = this.#begin();
    const done = (answer: LookAnswer): void => {
      worker.removeAllListeners('message').removeAllListeners('error');
      keep(answer);
    };
    worker.once('message', done).once('error', (error: Error) => {
      this.#worker = undefined;
      done({ error: error.message });
    });
    worker.postMessage(request);
  }

  #begin(): Worker {
    this.#worker ??= new Worker(new URL('looker.js', import.meta.url));
    this.#worker.unref();
    return this.#worker;
  }
}

/** Of those that are shipped to, if there are any. */
function furthestBehind(slaves: readonly SlaveRecord[]): SlaveRecord | undefined {
  const shipped = slaves.filter(({ paused }) => !paused);
  const candidates = shipped.length > 0 ? shipped : slaves;
  return candidates.reduce<SlaveRecord | undefined>(
    (last, one) => (last && last.stimeUs <= one.stimeUs ? last : one),
    undefined,
  );
}

function shown(path: string): string {
  return showName(toBytes(path));
}
