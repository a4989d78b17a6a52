import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { State } from '../../src/volume/state.js';
import { openVolume } from '../../src/volume/volume.js';
import { Terminal } from '../support/terminal.js';
import { PROJECT, TestVolume } from '../support/volume.js';

/**
 * What verbs print, on a terminal, in a pipe and as JSON, beside what the README promises to programs: its section is the
 * contract, so the keys are read out of it.
 */

const README = readFileSync(join(PROJECT, 'README.md'), 'utf8');
const CONTRACT = README.slice(README.indexOf('\n## For programs\n'), README.indexOf('\n## Where things are kept\n'));

/** The keys of an object, each with the shape of the objects in it where that is told with it. */
type Shape = Map<string, Shape | undefined>;

/** `{ a, b: { c }, d: [ { e } ] }` */
function parseShape(text: string): Shape {
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
function documented(verb: string): Shape {
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

function passShape(...more: string[]): Shape {
  return new Map(
    [...passKeys().filter((key) => !OF_SOME_PASSES.includes(key)), ...more].map((key) => [key, undefined]),
  );
}

/** A pass has those that it came to. */
const PHASES: readonly string[] = /^\| `phases` \|(.*)$/m.exec(CONTRACT)?.[1]?.match(/(?<=`)\w+(?=`)/g) ?? [];

const INNER = inner();
for (const key of ['lastPass', 'passes']) INNER.set(key, passShape('startedUs'));

/** Every object in it has the keys that are told of, and no others, whatever it is in. */
function assertShape(t: ExecutionContext, value: unknown, shape: Shape, where: string): void {
  const keys = Object.keys(value as object).filter((key) => !key.endsWith('Base64'));
  t.deepEqual(keys.sort(), [...shape.keys()].sort(), where);
  for (const [key, part] of Object.entries(value as object)) {
    for (const one of Array.isArray(part) ? part : [part]) {
      if (typeof one !== 'object' || one === null) continue;
      if (key === 'phases') {
        for (const phase of Object.keys(one)) t.true(PHASES.includes(phase), `${where}.${phase}`);
        continue;
      }
      const told = shape.get(key) ?? INNER.get(key) ?? (key === 'children' ? INNER.get('dirty') : undefined);
      assertShape(t, one, told ?? (key === 'records' ? documented('journal') : new Map()), `${where}.${key}`);
    }
  }
}

/** A volume that has something to tell in each respect. */
async function eventful(t: ExecutionContext): Promise<TestVolume> {
  const volume = await TestVolume.mounted(t);
  mkdirSync(join(volume.mountpoint, 'd'));
  for (const name of ['file', 'other']) writeFileSync(join(volume.mountpoint, 'd', name), 'content');
  await volume.ship();
  writeFileSync(join(volume.slave, 'd/other'), 'another');
  writeFileSync(Buffer.concat([Buffer.from(`${volume.mountpoint}/d/`), Buffer.from([0xff])]), '');
  const state = State.open(openVolume(volume.source));
  const failed = { kind: 'failed', whole: false, reason: 'no luck', attempts: 3, nextTryUs: 2e15 } as const;
  state.notePending('copy', [{ ...failed, path: Buffer.from('d/file') }]);
  state.close();
  return volume;
}

/** Verbs that print JSON, what follows them, and their exit status. */
const VERBS: readonly [verb: string, rest: (volume: TestVolume) => string[], status: number][] = [
  ['slave list', ({ source }) => [source], 0],
  ['status', ({ source }) => [source], 0],
  ['dirty', ({ source }) => [source], 0],
  ['why', ({ mountpoint }) => [join(mountpoint, 'd/file')], 0],
  ['failures', ({ source }) => [source], 0],
  ['journal', ({ source }) => [source], 0],
  ['verify', ({ source }) => [source], 3],
  ['checkpoint', ({ source }) => [source], 3],
  ['rescan', ({ source }) => [source], 0],
];

test('what --json prints has the keys that the README tells of, and no others', async (t) => {
  const volume = await eventful(t);
  for (const [verb, rest, status] of VERBS) {
    const ended = await volume.tryMarkerfs(...verb.split(' '), ...rest(volume), '--json');
    t.is(ended.status, status, `${verb}: ${ended.stderr}`);
    t.not(ended.stdout, '', verb);
    for (const line of ended.stdout.split('\n')) assertShape(t, JSON.parse(line), documented(verb), verb);
  }
  const [action, rehearsed] = (await volume.markerfs('ship', volume.source, '--dry-run', '--json'))
    .split('\n')
    .slice(-2);
  const actionShape = parseShape('{ slave, action, path, path2 }');
  actionShape.delete('path2');
  assertShape(t, JSON.parse(action!), actionShape, 'ship --dry-run');
  assertShape(t, JSON.parse(rehearsed!), passShape('dryRun'), 'ship --dry-run');
  assertShape(t, JSON.parse(await volume.markerfs('ship', volume.source, '--json')), passShape(), 'ship');
  await volume.markerfs('slave', 'pause', volume.source, 'copy');
  await volume.endDaemon('SIGKILL');
  const unclean = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.truthy(unclean.volume.recovery);
  assertShape(t, unclean, documented('status'), 'status');
});

test('what metrics print has the names that the README tells of, and no others', async (t) => {
  const volume = await eventful(t);
  const text = await volume.markerfs('metrics', volume.source);
  const [told = ''] = /`markerfs metrics` prints[\s\S]*?\n\n/.exec(CONTRACT) ?? [];
  const names = [...told.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, name]) => name!);
  const labels = ['volume', 'operation', 'slave', 'phase'];
  const printed = [...text.matchAll(/^# TYPE markerfs_(\w+) /gm)].map(([, name]) => name!);
  t.deepEqual(printed.sort(), names.filter((name) => !labels.includes(name)).sort());
});

/** Numbers and the room for them differ from one moment to the next. */
function steady(text: string): string {
  return text
    .replace(/[\d.,:]+( ?(s|ms|min|h|kB|MB|B)\b)*/g, '#')
    .replace(/ +/g, ' ')
    .trim();
}

test('a terminal shows what a pipe gets, in colours unless NO_COLOR is set', async (t) => {
  const volume = await eventful(t);
  const program = join(PROJECT, 'dist/src/cli/main.js');
  for (const verb of ['slave list', 'status', 'dirty', 'why', 'failures', 'journal']) {
    const [, rest, status] = VERBS.find(([name]) => name === verb)!;
    const args = [...verb.split(' '), ...rest(volume)];
    const { stdout } = await volume.tryMarkerfs(...args);
    t.is(stdout, stripVTControlCharacters(stdout), verb);
    for (const env of [{}, { NO_COLOR: '1' }]) {
      const terminal = new Terminal(t, [process.execPath, program, ...args], env);
      t.is(await terminal.end(), status, verb);
      const shown = terminal.text.replaceAll('\r', '');
      t.is(steady(stripVTControlCharacters(shown)), steady(stdout), verb);
      if ('NO_COLOR' in env) t.is(shown, stripVTControlCharacters(shown), verb);
    }
  }
});
