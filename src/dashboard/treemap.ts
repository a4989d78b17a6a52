import type { Dirty } from '../ship/report/dirty.js';
import { type BytePath, join, toBytes } from '../slave/path.js';
import { showName } from '../volume/names.js';
import type { DirtyNode } from './page/messages.js';

/** Levels below the top that are shown. */
const LEVELS = 3;
/** Of a directory, so many children at most, and none that is less than this part of the whole. */
const MOST_CHILDREN = 40;
const SMALLEST = 1 / 400;

/** A dirty tree as a page draws it: what is large by itself, the rest together. Bounded, whatever the tree is. */
export function toTreemap(dirty: Dirty, path: BytePath): DirtyNode {
  return draw(dirty, path, dirty.objects * SMALLEST, LEVELS);
}

function draw(dirty: Dirty, path: BytePath, smallest: number, levels: number): DirtyNode {
  const { kind, objects, whole, cut } = dirty;
  return {
    name: showName(toBytes(dirty.name)),
    files: kind === 'file',
    path: kind === 'directory' ? path : null,
    objects,
    oldestMs: dirty.oldestUs / 1000,
    newestMs: dirty.newestUs / 1000,
    whole,
    cut,
    children: levels > 0 ? drawChildren(dirty, path, smallest, levels) : [],
  };
}

function drawChildren({ children }: Dirty, path: BytePath, smallest: number, levels: number): DirtyNode[] {
  const sorted = [...children].sort((one, other) => other.objects - one.objects);
  const large = sorted.filter(({ objects }, at) => at < MOST_CHILDREN && objects >= smallest);
  if (large.length === 0) return [];
  const rest = sorted.slice(large.length);
  const shown = large.map((child) => draw(child, join(path, child.name), smallest, levels - 1));
  return rest.length === 0 ? shown : [...shown, together(rest)];
}

function together(rest: readonly Dirty[]): DirtyNode {
  const last = rest[0]!;
  let [objects, oldestUs, newestUs] = [0, last.oldestUs, last.newestUs];
  for (const one of rest) {
    objects += one.objects;
    oldestUs = Math.min(oldestUs, one.oldestUs);
    newestUs = Math.max(newestUs, one.newestUs);
  }
  const cut = rest.some((one) => one.cut);
  const files = rest.every(({ kind }) => kind === 'file');
  return {
    name: null,
    files,
    path: null,
    objects,
    oldestMs: oldestUs / 1000,
    newestMs: newestUs / 1000,
    whole: false,
    cut,
    children: [],
  };
}
