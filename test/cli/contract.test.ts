import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import type { VerbOutline } from '../../src/cli/outline.js';
import { ProgressNote } from '../../src/volume/progress.js';
import { openVolume } from '../../src/volume/volume.js';
import { Talker } from '../support/lines.js';
import { Terminal } from '../support/terminal.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { CASES, type Case, CTRL_C, makeWorld, type Place, type World } from './cases.js';
import { assertShape, CONTRACT, documented, INNER, parseShape, passShape, type Shape, unseen } from './shapes.js';
import { typed, VERBS } from './verbs.js';

/** What each verb prints, in a pipe, on a terminal and as JSON, beside what the README promises to programs. */

test('every verb of the program is run here', (t) => {
  t.deepEqual(VERBS.map((verb) => typed(verb).join(' ')).sort(), Object.keys(CASES).sort());
});

/** All that a verb prints, and its exit status, where its output is no terminal. */
async function inPipe(t: ExecutionContext, { tryMarkerfs }: World, args: string[], { endedBy }: Case) {
  if (endedBy !== CTRL_C) {
    const { status, stdout, stderr } = await tryMarkerfs(...args);
    return { status, text: [stdout, stderr].filter((part) => part !== '').join('\n') };
  }
  const serving = new Talker(t, MARKERFS, ...args);
  const text = await serving.line();
  return { status: await serving.end('SIGTERM'), text };
}

/** The same on a terminal, escapes and all. */
async function onTerminal(t: ExecutionContext, args: string[], { endedBy, prints }: Case, env = {}) {
  const terminal = new Terminal(t, [process.execPath, MARKERFS, ...args], env);
  const text = (): string => terminal.text.replaceAll('\r', '').trimEnd();
  if (endedBy !== undefined) {
    await terminal.waitFor(new RegExp(prints.source.replace(/\$$/, '')));
    terminal.type(endedBy);
  }
  const shown = text();
  const status = await terminal.end();
  return { status, text: endedBy === undefined ? text() : shown };
}

/** Numbers, names of places and the room for them differ from one run to the next. */
function steady(text: string): string {
  return text
    .replace(/-(pipe|terminal|plain)\b|\/(pipe|terminal|plain)(?=\/)|token=[\w-]+/g, '#')
    .replace(/[\d.,:]+( ?(s|ms|min|h|kB|MB|B)\b)*/g, '#')
    .replace(/ +/g, ' ')
    .trim();
}

async function assertShown(t: ExecutionContext, verb: string, known: Case, world: World): Promise<void> {
  const args = (place: Place): string[] => [...verb.split(' ').filter(Boolean), ...known.args(world, place)];
  const { status = 0, prints } = known;
  const piped = await inPipe(t, world, args('pipe'), known);
  t.is(piped.status, status, `${verb}: ${piped.text}`);
  t.regex(piped.text, prints, verb);
  t.is(piped.text, stripVTControlCharacters(piped.text), verb);

  const shown = await onTerminal(t, args('terminal'), known);
  const plain = stripVTControlCharacters(shown.text);
  t.is(shown.status, status, `${verb}: ${plain}`);
  t.regex(plain, prints, verb);
  if (!known.differs) t.is(steady(plain), steady(piped.text), verb);
  if (shown.text === plain) return;
  const uncoloured = await onTerminal(t, args('plain'), known, { NO_COLOR: '1' });
  t.is(uncoloured.text, stripVTControlCharacters(uncoloured.text), verb);
}

/** What a verb that prints JSON prints. */
function shapeOf(verb: string): Shape {
  if (verb === 'ship') return passShape();
  return verb === 'config run' ? passShape('source') : documented(verb);
}

test('each verb in a pipe and on a terminal, in colours unless NO_COLOR is set; the keys of --json are those that the README tells of', async (t) => {
  // Some ninety runs of the program.
  t.timeout(600_000);
  const world = await makeWorld(t);
  // A pass that is under way, for status to tell of.
  const pass = { slave: 'copy', startedUs: 1, crawl: 'walk', sinceUs: 0 } as const;
  const progress = new ProgressNote(openVolume(world.source), pass);
  t.teardown(() => progress.end());
  for (const [verb, known] of Object.entries(CASES)) {
    await assertShown(t, verb, known, world);
    const takesJson = VERBS.some(
      (one) => typed(one).join(' ') === verb && one.options.some(({ names }) => names.includes('--json')),
    );
    if (!takesJson) continue;
    const args = [...verb.split(' '), ...known.args(world, 'json'), '--json'];
    const { status, text } = await inPipe(t, world, args, known);
    t.is(status, known.status ?? 0, `${verb}: ${text}`);
    t.not(text, '', verb);
    for (const line of text.split('\n')) assertShape(t, JSON.parse(line), shapeOf(verb), verb);
  }
  t.deepEqual([...unseen], [], 'objects that the README tells of, and that were never there');
});

/** Objects that the help of a verb tells of: `{ a, b: { c } }`, over lines or not. */
function shapesInHelp({ options, explanation }: VerbOutline): Shape[] {
  const json = options.find(({ names }) => names.includes('--json'));
  const text = `${json?.description ?? ''}\n${explanation.more ?? ''}`;
  return [...text.matchAll(/\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g)].map(([shape]) => parseShape(shape));
}

test('the keys that the help of a verb tells of are those of the README', (t) => {
  const told = VERBS.filter((verb) => shapesInHelp(verb).length > 0);
  t.true(told.length > 8, told.map((verb) => typed(verb).join(' ')).join());
  for (const verb of told) {
    const name = typed(verb).join(' ');
    const [shape, ...more] = shapesInHelp(verb);
    const readme = shapeOf(name);
    t.deepEqual([...shape!.keys()].sort(), [...readme.keys()].sort(), name);
    for (const [key, inner] of shape!) {
      const within = inner && (readme.get(key) ?? INNER.get(key));
      if (inner) t.deepEqual([...inner.keys()].sort(), [...(within?.keys() ?? [])].sort(), `${name}: ${key}`);
    }
    for (const other of more)
      t.true(CONTRACT.includes(`{ ${[...other.keys()].join(', ')} }`), `${name}: ${[...other.keys()]}`);
  }
});

test('what --dry-run, and a daemon that was killed, add to JSON', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), '');
  const [action, rehearsed] = (await volume.markerfs('ship', volume.source, '--dry-run', '--json'))
    .split('\n')
    .slice(-2);
  const actionShape = parseShape('{ slave, action, path, path2 }');
  actionShape.delete('path2');
  assertShape(t, JSON.parse(action!), actionShape, 'ship --dry-run');
  assertShape(t, JSON.parse(rehearsed!), passShape('dryRun'), 'ship --dry-run');
  await volume.markerfs('ship', volume.source);
  await volume.endDaemon('SIGKILL');
  const unclean = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.truthy(unclean.volume.recovery);
  assertShape(t, unclean, documented('status'), 'status');
});

test('what metrics print has the names that the README tells of, and no others', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), '');
  await volume.ship();
  const text = await volume.markerfs('metrics', volume.source);
  const [told = ''] = /`markerfs metrics` prints[\s\S]*?\n\n/.exec(CONTRACT) ?? [];
  const names = [...told.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, name]) => name!);
  const labels = ['volume', 'operation', 'slave', 'phase'];
  const printed = [...text.matchAll(/^# TYPE markerfs_(\w+) /gm)].map(([, name]) => name!);
  t.deepEqual(printed.sort(), names.filter((name) => !labels.includes(name)).sort());
});
