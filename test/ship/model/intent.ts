import { type BytePath, join } from '../../../src/slave/path.js';
import type { Change } from './daemon.js';
import type { MemoryTree } from './memory-tree.js';

/** What to change, by numbers that mean something in whatever tree there is by then: so that nearly every change is one. */
export interface Intent {
  readonly op: Change['op'];
  /** Which of the objects there are. */
  readonly object: number;
  /** Into which of the directories. */
  readonly directory: number;
  readonly name: 'a' | 'b' | 'c';
}

/** Directories are made no deeper than this. */
const DEPTH = 3;

function paths(tree: MemoryTree, what?: 'directory'): BytePath[] {
  return [...tree.walk()].filter(([, inode]) => what === undefined || inode.what === what).map(([path]) => path);
}

/** One of the objects below the root; a name that is not there where there is none. */
export function pick(tree: MemoryTree, number: number): BytePath {
  const objects = paths(tree).slice(1);
  return objects[number % objects.length] ?? 'a';
}

/** The change that an intent is in this tree; undefined where it is none. */
export function resolve({ op, object, directory, name }: Intent, tree: MemoryTree): Change | undefined {
  const directories = paths(tree, 'directory').filter((path) => path.split('/').length < DEPTH);
  const place = join(directories[directory % directories.length]!, name);
  switch (op) {
    case 'create':
    case 'mkdir':
    case 'symlink':
      return { op, path: place };
    case 'rename':
    case 'link':
      return { op, path: pick(tree, object), path2: place };
    case 'exchange':
      return { op, path: pick(tree, object), path2: pick(tree, directory) };
    default:
      return { op, path: pick(tree, object) };
  }
}
