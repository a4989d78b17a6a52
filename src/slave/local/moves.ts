import { check, EACCES, EEXIST, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, native, statAt } from '../../syscalls/index.js';
import { type BytePath, join, nameOf, namesOf, parentOf } from '../path.js';
import { cname, type Tree } from '../tree.js';
import { removeName } from './remove.js';
import { letOwnerIn } from './writable.js';

/** Renames an object into the folder of moves, under a number. False where there is none. */
export function takeAway(tree: Tree, moving: number, id: number, from: BytePath): boolean {
  // Taken before the pass was cut: what is at its old place now is not ours to take.
  if (typeof statAt(moving, cname(String(id))) !== 'number') return true;
  const directory = tree.directory(parentOf(from));
  if (directory === undefined) return false;
  const rename = (): number => native.renameat2(directory, cname(nameOf(from)), moving, cname(String(id)), 0);
  let result = rename();
  if (result === -EACCES) {
    letOwnerIn(directory, nameOf(from));
    result = rename();
  }
  if (result === -ENOENT) return false;
  check(result, 'rename', from);
  return true;
}

/** Whether something was taken away under a number, and not put back. */
export function isAway(moving: number, id: number): boolean {
  return typeof statAt(moving, cname(String(id))) !== 'number';
}

/** What {@link putBack} would remove: what is in the new place, and above it what is no directory. */
export function inTheWay(tree: Tree, to: BytePath): BytePath[] {
  tree.forget();
  let at = '';
  for (const name of namesOf(to)) {
    at = join(at, name);
    const stat = tree.lstat(at);
    if (!stat) return [];
    if (at === to || !stat.isDirectory) return [at];
  }
  return [];
}

/**
 * Renames an object from the folder of moves to its new place, instead of what is there. False where none is in the
 * folder.
 */
export function putBack(tree: Tree, moving: number, id: number, to: BytePath): boolean {
  const number = cname(String(id));
  if (statAt(moving, number) === -ENOENT) return false;
  const directory = makeDirectory(tree, parentOf(to));
  const name = cname(nameOf(to));
  const result = native.renameat2(moving, number, directory, name, 0);
  if (![-EEXIST, -ENOTEMPTY, -EISDIR, -ENOTDIR].includes(result)) return check(result, 'rename', to) === 0;
  // Of another kind, or a directory with something in it: whatever belongs elsewhere was taken away before.
  removeName(directory, nameOf(to));
  return check(native.renameat2(moving, number, directory, name, 0), 'rename', to) === 0;
}

/**
 * Opens a directory of the tree and makes it where it is missing or something else. rsync gives it its attributes
 * later.
 */
function makeDirectory(tree: Tree, path: BytePath): number {
  tree.forget();
  let at = '';
  for (const name of namesOf(path)) {
    const path = join(at, name);
    if (tree.directory(path) === undefined) {
      const parent = tree.directory(at)!;
      removeName(parent, name);
      check(native.mkdirat(parent, cname(name), 0o700), 'mkdir', path);
    }
    at = path;
  }
  return tree.directory(path)!;
}
