import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { listAttributesSync, removeAttributeSync } from 'fs-xattr';
import { type BytePath, fromBytes, isState, join, nameOf, parentOf, toBytes } from '../slave/path.js';
import { removeSlave } from '../slave/registry.js';
import { cname, Tree } from '../slave/tree.js';
import { native, O_CLOEXEC, O_NOFOLLOW, O_PATH } from '../syscalls/index.js';
import { errorCause, errorCode, UserError } from '../volume/errors.js';
import { lock } from '../volume/lock.js';
import { markerfsMountsOf } from '../volume/mounts.js';
import { showName } from '../volume/names.js';
import { openRoot } from '../volume/root.js';
import { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { firstGlance, type Glance } from './glance.js';

/** What was taken away. */
export interface Destroyed {
  readonly slaves: number;
  /** Objects of the source that carried marks. */
  readonly unmarked: number;
  /** What else lies in the state folder, and stays. */
  readonly left: readonly string[];
}

export interface DestroyOptions {
  /** Says how far it is. */
  readonly glance?: Glance;
  /** Ends it while marks are taken away: run again, it takes the rest. */
  readonly signal?: AbortSignal;
}

/** Objects between two moments in which this process does other things, such as to tell how far it is. */
const BREATH = 1000;

/** What markerfs makes in a state folder. */
const OWN = /^(volume\.json|(state|journal)\.db.*|daemon\.(lock|log)|control\.sock|flushed|ship-.*)$/;

/**
 * Takes all marks and state away: what is left are the plain trees. The state goes last, so that what was not complete
 * can be done again. UserError, with nothing taken away, while the volume is mounted or shipped.
 */
export async function destroy(volume: Volume, options: DestroyOptions = {}): Promise<Destroyed> {
  const [mount] = markerfsMountsOf(volume.source);
  if (mount) {
    const { mountpoint } = mount;
    throw new UserError(
      `Cannot destroy volume "${volume.source}": it is mounted on "${mountpoint}"; unmount it first (markerfs umount "${mountpoint}")`,
    );
  }
  const held = lock(volume, 'daemon');
  try {
    const slaves = await forgetSlaves(volume);
    const unmarked = await unmark(volume, options);
    return { slaves, unmarked, left: removeState(volume.stateDir) };
  } finally {
    held.release();
  }
}

async function forgetSlaves(volume: Volume): Promise<number> {
  const state = State.open(volume);
  try {
    const slaves = state.slaves.list();
    for (const { name } of slaves) await removeSlave(volume, state, name);
    return slaves.length;
  } finally {
    state.close();
  }
}

/** UserError where an object keeps its marks, or it was told to end. */
async function unmark(volume: Volume, { glance = firstGlance(), signal }: DestroyOptions): Promise<number> {
  const tree = Tree.over(openRoot(volume.root));
  let unmarked = 0;
  let [kept, example, cause] = [0, '', ''];
  const open: BytePath[] = [''];
  const look = async (at: BytePath): Promise<void> => {
    glance.path = at;
    if (at !== '') glance.objects++;
    if (glance.objects % BREATH === 0) await breathe();
    if (signal?.aborted)
      throw new UserError(
        `Cannot take all marks of volume "${volume.source}" away: it was interrupted; run it again for the rest`,
      );
    try {
      if (unmarkOne(tree, at, volume.uuid)) unmarked++;
    } catch (error) {
      if (kept++ === 0) [example, cause] = [showName(toBytes(at)), errorCause(error)];
    }
  };
  try {
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      await look(at);
      for (const { name } of tree.list(at) ?? []) {
        const inner = join(at, fromBytes(name));
        const stat = isState(inner) ? undefined : tree.lstat(inner);
        if (stat?.isDirectory) open.push(inner);
        else if (stat?.isFile) await look(inner);
      }
    }
  } finally {
    tree.close();
  }
  if (kept === 0) return unmarked;
  throw new UserError(
    `Cannot take the marks of volume "${volume.source}" away: ${kept === 1 ? '1 object keeps its own,' : `${kept} objects keep theirs, such as`} "${example}": ${cause}; see to it and run it again`,
  );
}

/** Whether it carried marks. */
function unmarkOne(tree: Tree, at: BytePath, uuid: string): boolean {
  const directory = tree.directory(parentOf(at));
  if (directory === undefined) return false;
  const fd = native.openat(directory, cname(at === '' ? '.' : nameOf(at)), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return false;
  try {
    // fs-xattr takes paths: this one leads to the open object, whatever its name is.
    const place = `/proc/self/fd/${fd}`;
    const marks = listAttributesSync(place).filter((name) => name.includes(`.markerfs.${uuid}.`));
    for (const mark of marks) removeAttributeSync(place, mark);
    return marks.length > 0;
  } finally {
    native.close(fd);
  }
}

/** Removes what is ours, and the folder where nothing else is in it; answers what else is. */
function removeState(stateDir: string): string[] {
  const names = fs.readdirSync(stateDir);
  for (const name of names.filter((one) => OWN.test(one))) fs.rmSync(path.join(stateDir, name), { recursive: true });
  try {
    fs.rmdirSync(stateDir);
    return [];
  } catch (error) {
    if (errorCode(error) !== 'ENOTEMPTY') throw error;
    return names.filter((one) => !OWN.test(one));
  }
}
