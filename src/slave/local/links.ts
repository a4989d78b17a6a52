import { DT_DIR, DT_UNKNOWN } from '../../syscalls/index.js';
import { type BytePath, fromBytes, isState, join } from '../path.js';
import { type ObjectId, objectId } from '../slave.js';
import type { Tree } from '../tree.js';

/** The objects with several names that have one at or below a path, and how many they have there. */
export function linkedBelow(tree: Tree, path: BytePath): Map<ObjectId, { here: number; all: number }> {
  const found = new Map<ObjectId, { here: number; all: number }>();
  const visit = (at: BytePath): void => {
    const stat = tree.lstat(at);
    if (stat?.isDirectory) for (const { name } of tree.list(at) ?? []) visit(join(at, fromBytes(name)));
    else if (stat && stat.nlink > 1) {
      const id = objectId(stat);
      found.set(id, { here: (found.get(id)?.here ?? 0) + 1, all: stat.nlink });
    }
  };
  visit(path);
  return found;
}

/**
 * Every name of some objects, found by reading all directories of the tree. The inode numbers that directories list
 * tell which names to look at, so that nothing else is. `attempt` asks the tree: where it answers undefined, there is
 * nothing.
 */
export function findNames(
  tree: Tree,
  objects: ReadonlySet<ObjectId>,
  attempt: <T>(ask: () => T) => T | undefined = (ask) => ask(),
): BytePath[] {
  const inodes = new Set([...objects].map((id) => BigInt(id.slice(id.indexOf(':') + 1))));
  const names: BytePath[] = [];
  const open: BytePath[] = [''];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const listed = directory;
    for (const { name, type, ino } of attempt(() => tree.list(listed)) ?? []) {
      const path = join(directory, fromBytes(name));
      if (isState(path)) continue;
      if (type === DT_DIR) open.push(path);
      else if (type === DT_UNKNOWN || inodes.has(ino)) look(path);
    }
  }
  return names;

  function look(path: BytePath): void {
    const stat = attempt(() => tree.lstat(path));
    if (stat?.isDirectory) open.push(path);
    else if (stat && objects.has(objectId(stat))) names.push(path);
  }
}
