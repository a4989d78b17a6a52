import { parentPort, workerData } from 'node:worker_threads';
import { setTime } from '../../../slave/local/times.js';
import { type BytePath, parentOf } from '../../../slave/path.js';
import { Tree } from '../../../slave/tree.js';
import { SystemError } from '../../../syscalls/index.js';
import { Copier } from './copy.js';

/** Absolute paths of what is copied, and where to. */
export interface CopyThreadData {
  readonly source: string;
  readonly slave: string;
}

/** What became of a list of paths. */
export interface Copied {
  /** For each path the bytes that were copied; −1 where it is left to rsync. */
  readonly lengths: Int32Array;
}

const { source, slave } = workerData as CopyThreadData;
const from = Tree.open(source);
const to = Tree.open(slave);
const copier = new Copier(from, to);

function copyAll(paths: readonly BytePath[]): Copied {
  // Others rename directories of the source all the time.
  from.forget();
  to.forget();
  const lengths = Int32Array.from(paths, (path) => attempt(() => copier.copy(path)) ?? -1);
  const copied = paths.filter((_, at) => lengths[at]! >= 0);
  for (const path of new Set(copied.map(parentOf))) attempt(() => keepTime(path));
  return { lengths };
}

/** What was made in a directory changed its time. Where the pass is cut, nothing else sets that again. */
function keepTime(path: BytePath): void {
  const stat = from.lstat(path);
  if (stat?.isDirectory) setTime(to, { path, mtimeSec: stat.mtimeSec, mtimeNsec: stat.mtimeNsec });
}

/** What the system refuses is rsync's to tell of. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

parentPort!.on('message', (paths: readonly BytePath[]) => {
  const copied = copyAll(paths);
  parentPort!.postMessage(copied, [copied.lengths.buffer as ArrayBuffer]);
});
