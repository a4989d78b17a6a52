import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { PROJECT } from '../support/volume.js';

/** What the README promises to programs: its section is the contract, so the keys are read out of it. */

const README = readFileSync(join(PROJECT, 'README.md'), 'utf8');
export const CONTRACT = README.slice(
  README.indexOf('\n## For programs\n'),
  README.indexOf('\n## Where things are kept\n'),
);

/** The keys of an object, each with the shape of the objects in it where that is told with it. */
export type Shape = Map<string, Shape | undefined>;

/** `{ a, b: { c }, d: [ { e } ] }` */
export function parseShape(text: string): Shape {
  const words = text.match(/[\w]+|[{}]/g) ?? [];
  const read = (): Shape => {
    const shape: Shape = new Map();
    let last = '';
    for (let word = words.shift(); word !== undefined && word !== '}'; word = words.shift()) {
      if (word === '{') shape.set(last, read());
      else {
        shape.set(word, undefined);
        last = word;
      }
    }
    return shape;
  };
  words.shift();
  return read();
}

/** What the README says that a verb prints with --json. */
export function documented(verb: string): Shape {
  const [, text] = new RegExp(`\`markerfs ${verb} --json\`[^\`]*\`(\\{[^\`]*\\})\``).exec(CONTRACT) ?? [];
  if (text === undefined) throw new Error(`The README does not say what "${verb} --json" prints`);
  return parseShape(text);
}

/** Objects that it tells of by their key alone, as "`failure` null or `{ … }`". */
function inner(): Map<string, Shape> {
  const told = [...CONTRACT.matchAll(/`(\w+)`(?: null or | \| (?:[^`|]*: )?)`(\{[^`]*\})`/g)];
  return new Map(told.map(([, key, shape]) => [key!, parseShape(shape!)]));
}

/** The rows of the table of `ship --json`. */
function passKeys(): string[] {
  const [table = ''] = /\| `slave` \|[\s\S]*?\n\n/.exec(CONTRACT) ?? [];
  return [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, keys]) => keys!.match(/\w+/g) ?? []);
}

/** In a pass only where they apply. */
const OF_SOME_PASSES = ['error', 'dryRun'];

export function passShape(...more: string[]): Shape {
  return new Map(
    [...passKeys().filter((key) => !OF_SOME_PASSES.includes(key)), ...more].map((key) => [key, undefined]),
  );
}

/** A pass has those that it came to. */
const PHASES: readonly string[] = /^\| `phases` \|(.*)$/m.exec(CONTRACT)?.[1]?.match(/(?<=`)\w+(?=`)/g) ?? [];

/** Objects that the README tells of by their key alone. */
export const INNER = inner();
for (const key of ['lastPass', 'passes']) INNER.set(key, passShape('startedUs'));

/** Objects of which none was seen yet. */
export const unseen = new Set(INNER.keys());

/** Every object in it has the keys that are told of, and no others, whatever it is in. */
export function assertShape(t: ExecutionContext, value: unknown, shape: Shape, where: string): void {
  const keys = Object.keys(value as object).filter((key) => !key.endsWith('Base64'));
  t.deepEqual(keys.sort(), [...shape.keys()].sort(), where);
  for (const [key, part] of Object.entries(value as object)) {
    for (const one of Array.isArray(part) ? part : [part]) {
      if (typeof one !== 'object' || one === null) continue;
      if (key === 'phases') {
        for (const phase of Object.keys(one)) t.true(PHASES.includes(phase), `${where}.${phase}`);
        continue;
      }
      unseen.delete(key);
      const told = shape.get(key) ?? INNER.get(key) ?? (key === 'children' ? INNER.get('dirty') : undefined);
      assertShape(t, one, told ?? (key === 'records' ? documented('journal') : new Map()), `${where}.${key}`);
    }
  }
}
