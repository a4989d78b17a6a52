import fs from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../../../volume/atomic.js';
import { errorCode } from '../../../volume/errors.js';
import { type BytePath, fromBytes, join } from '../../path.js';
import type { Tree } from '../../tree.js';
import { removeAll } from '../remove.js';
import { folderOf, isWhole, OBJECTS, REPLACED, STORE, THINNED, timesIn } from './layout.js';

const HOUR_US = 3600e6;
const DAY_US = 24 * HOUR_US;
const WEEK_US = 7 * DAY_US;

/** What is older than `afterUs` is thinned to one in `spanUs`. */
const STEPS: readonly { readonly afterUs: number; readonly spanUs: number }[] = [
  { afterUs: WEEK_US, spanUs: WEEK_US },
  { afterUs: DAY_US, spanUs: DAY_US },
  { afterUs: HOUR_US, spanUs: HOUR_US },
];

/** To thin takes a look at what was kept: no more often than this. */
const PAUSE_US = HOUR_US / 4;

interface Thinned {
  readonly atUs: number;
  /** Spans that were thinned, and how many folders each had. */
  readonly spans: Readonly<Record<string, number>>;
}

/**
 * Drops old versions: of each path all of the last hour stay, the last of each hour for a day, of each day for a week, and
 * of each week for `keepUs`; none beyond. `tree`: the slave's; `directory`: its path.
 */
export function thin(tree: Tree, directory: string, keepUs: number, nowUs: number): void {
  const note = path.join(directory, STORE, THINNED);
  const before = readThinned(note);
  if (nowUs >= before.atUs && nowUs - before.atUs < PAUSE_US) return;
  tree.forget();
  const groups = new Map<string, number[]>();
  for (const timeUs of timesIn(tree)) {
    const ageUs = nowUs - timeUs;
    const step = STEPS.find(({ afterUs }) => ageUs > afterUs);
    if (ageUs > keepUs) removeAll(tree, folderOf(timeUs));
    else if (step) {
      const key = `${step.spanUs}:${Math.floor(timeUs / step.spanUs)}`;
      groups.set(key, [...(groups.get(key) ?? []), timeUs]);
    }
  }
  const spans: Record<string, number> = {};
  for (const [key, times] of groups) {
    if (before.spans[key] !== times.length) thinSpan(tree, times);
    spans[key] = times.length;
  }
  replaceFile(note, JSON.stringify({ atUs: nowUs, spans } satisfies Thinned));
}

/** Of each path the last one stays. */
function thinSpan(tree: Tree, times: readonly number[]): void {
  const seen = new Set<BytePath>();
  for (const timeUs of [...times].reverse()) {
    const folder = folderOf(timeUs);
    for (const kept of [OBJECTS, REPLACED]) {
      for (const name of [...keptIn(tree, folder, kept, '')]) {
        if (seen.has(name)) removeAll(tree, `${folder}/${kept}/${name}`);
        seen.add(name);
      }
    }
    tree.forget();
  }
}

/** The paths of which a folder has a version. */
function* keptIn(tree: Tree, folder: BytePath, kept: string, at: BytePath): Generator<BytePath> {
  const top = `${folder}/${kept}`;
  for (const entry of tree.list(join(top, at).replace(/\/$/, '')) ?? []) {
    const path = join(at, fromBytes(entry.name));
    const isDirectory = tree.lstat(join(top, path))?.isDirectory;
    if (isDirectory && !(kept === OBJECTS && isWhole(tree, folder, path))) yield* keptIn(tree, folder, kept, path);
    else yield path;
  }
}

function readThinned(note: string): Thinned {
  try {
    return JSON.parse(fs.readFileSync(note, 'utf8')) as Thinned;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    return { atUs: 0, spans: {} };
  }
}
