import type { BytePath } from '../path.js';

/** What is different about an object of the destination. */
export type Aspect = 'missing' | 'extra' | 'content' | 'mtime' | 'mode' | 'owner' | 'group' | 'acl' | 'xattrs' | 'link';

/** What rsync says of one path: `missing` at the destination, or `extra` there, or in what it differs. */
export interface Item {
  readonly path: BytePath;
  readonly isDirectory: boolean;
  readonly aspects: readonly Aspect[];
}

/** rsync's words of change are told from its statistics by this. */
const MARK = ':';

/** With these rsync says what `itemsIn` reads. */
export const ITEMIZE = ['-8', `--out-format=${MARK}%i %n`] as const;

/** The items among all that rsync said. */
export function itemsIn(stdout: string): Item[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith(MARK));
  return lines.map((line) => parseItem(line.slice(MARK.length)));
}

/** The places of %i after the kind of change and of object (rsync(1), --itemize-changes). */
const ASPECTS: readonly (readonly [at: number, aspect: Aspect])[] = [
  [2, 'content'],
  [3, 'content'],
  [4, 'mtime'],
  [5, 'mode'],
  [6, 'owner'],
  [7, 'group'],
  [9, 'acl'],
  [10, 'xattrs'],
];
const ITEM_LENGTH = 11;

/** A line `%i %n` of rsync; the bytes of the name are characters. */
function parseItem(line: string): Item {
  const item = line.slice(0, ITEM_LENGTH);
  const path = parseName(line.slice(ITEM_LENGTH + 1));
  const isDirectory = line.endsWith('/');
  if (item.startsWith('*deleting')) return { path, isDirectory, aspects: ['extra'] };
  if (item.slice(2).startsWith('+')) return { path, isDirectory, aspects: ['missing'] };
  const changed = ASPECTS.filter(([at]) => /[a-zA-Z]/.test(item[at] ?? '')).map(([, aspect]) => aspect);
  return { path, isDirectory, aspects: changed.length > 0 ? [...new Set(changed)] : ['link'] };
}

/** A name as rsync prints it: `\#ooo` for what is not printable, a slash behind directories, `./` for the root. */
function parseName(shown: string): BytePath {
  const name = shown.replace(/\\#([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  const path = name.replace(/\/$/, '');
  return path === '.' ? '' : path;
}
