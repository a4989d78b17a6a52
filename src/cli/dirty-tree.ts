import type { Dirty } from '../ship/report/dirty.js';
import { toBytes } from '../slave/path.js';
import { showDuration } from './duration.js';
import { doubtful, faint, strong } from './style.js';
import { count, jsonName, showBytes, showName, showSecond, table } from './text.js';

/** Of one directory, the rest is summed up. */
const MOST_CHILDREN = 20;

type Row = readonly [branch: string, objects: string, size: string, age: string, remark: string];

/** What is dirty for a slave, drawn as a tree. */
export function draw(slave: string, stimeUs: number, dirty: Dirty | undefined, depth: number, nowUs: number): string {
  const since = stimeUs === 0 ? 'the first pass is not complete' : `synced up to ${showSecond(stimeUs)}`;
  if (!dirty) return `${strong(slave)}: nothing is dirty, ${since}`;
  return `${strong(slave)}: ${since}\n${table([...rows(dirty, '', '', depth, nowUs)])}`;
}

/** `first` stands before the name, `rest` before what is below it. */
function* rows(dirty: Dirty, first: string, rest: string, depth: number, nowUs: number): Generator<Row> {
  const name = dirty.name === '' ? '.' : showName(toBytes(dirty.name));
  const slash = dirty.kind === 'directory' && dirty.name !== '' ? '/' : '';
  yield row(`${faint(first)}${name}${slash}`, dirty, nowUs, dirty.whole ? doubtful('moved') : '');
  if (depth === 0) return;
  const sorted = [...dirty.children].sort(
    (one, other) => other.objects - one.objects || (one.name < other.name ? -1 : 1),
  );
  const shown = sorted.slice(0, MOST_CHILDREN);
  const left = sorted.slice(MOST_CHILDREN);
  for (const [at, child] of shown.entries()) {
    const isLast = at === shown.length - 1 && left.length === 0;
    yield* rows(child, `${rest}${isLast ? '└── ' : '├── '}`, `${rest}${isLast ? '    ' : '│   '}`, depth - 1, nowUs);
  }
  if (left.length > 0) yield row(faint(`${rest}└── and ${count(left.length, 'other')}`), together(left), nowUs, '');
}

type Sums = Pick<Dirty, 'objects' | 'bytes' | 'oldestUs' | 'newestUs' | 'cut'>;

function row(branch: string, { objects, bytes, cut, ...times }: Sums, nowUs: number, remark: string): Row {
  const more = cut ? '+' : '';
  return [branch, `${count(objects, 'object')}${more}`, `${showBytes(bytes)}${more}`, age(times, nowUs), remark];
}

/** What is older than the volume carries no time. */
function age({ oldestUs, newestUs }: Pick<Dirty, 'oldestUs' | 'newestUs'>, nowUs: number): string {
  if (newestUs === 0) return 'never marked';
  const ago = (timeUs: number) => showDuration(Math.max(0, nowUs - timeUs) / 1e6);
  const newest = ago(newestUs);
  if (oldestUs === 0) return `up to ${newest} ago`;
  const oldest = ago(oldestUs);
  return oldest === newest ? `${newest} ago` : `${oldest} to ${newest} ago`;
}

function together(rest: readonly Dirty[]): Sums {
  const sum = { objects: 0, bytes: 0, oldestUs: Number.POSITIVE_INFINITY, newestUs: 0, cut: false };
  for (const { objects, bytes, oldestUs, newestUs, cut } of rest) {
    sum.objects += objects;
    sum.bytes += bytes;
    sum.oldestUs = Math.min(sum.oldestUs, oldestUs);
    sum.newestUs = Math.max(sum.newestUs, newestUs);
    sum.cut ||= cut;
  }
  return sum;
}

/** The whole tree for programs. */
export function toJson({ name, kind, objects, bytes, oldestUs, newestUs, whole, cut, children }: Dirty): object {
  const times = { oldestUs: oldestUs || null, newestUs: newestUs || null };
  const own = { kind, objects, bytes, ...times, moved: whole, complete: !cut };
  return { ...jsonName('name', toBytes(name)), ...own, children: children.map(toJson) };
}
