import test from 'ava';
import { type JournalRecord, Operation, type OperationName } from '../../src/journal/record.js';
import { fold } from '../../src/ship/fold/fold.js';
import type { Overlay } from '../../src/ship/fold/overlay.js';
import type { PendingPath } from '../../src/volume/pending.js';

/** `rename a b` */
function records(lines: readonly string[]): JournalRecord[] {
  return lines.map((line, index) => {
    const [name, path = '', path2] = line.split(' ');
    const operation = Operation[name as OperationName];
    const paths = { path: Buffer.from(path), path2: path2 === undefined ? null : Buffer.from(path2) };
    return { sequence: index + 1, timeUs: 0, epoch: 1, operation, dev: 1, ino: 7n, ...paths };
  });
}

/** What a fold finds: `move from to`, `put path` (content), `look path` (compare), `all path` (and below), `drop path`. */
function results(overlay: Overlay): string[] {
  const nodes = [...overlay.nodes()].filter(({ parent }) => parent !== undefined);
  const moves = nodes.filter(({ isMove }) => isMove).map((node) => `move ${node.source} ${node.path}`);
  const words = { write: 'put', compare: 'look', none: '' };
  const others = nodes.flatMap((node) => {
    if (node.gone) return `drop ${node.path}`;
    if (node.whole) return `all ${node.path}`;
    return node.effort === 'none' ? [] : `${words[node.effort]} ${node.path}`;
  });
  return [...moves, ...others].sort();
}

const CASES: Record<string, { given: string[]; found: string[] }> = {
  nothing: { given: [], found: [] },
  'many changes of one object are one': { given: ['data a', 'meta a', 'data a'], found: ['put a'] },
  'attributes are compared': { given: ['meta a'], found: ['look a'] },
  'made and removed: only its name is to be vacant': { given: ['create a', 'data a', 'unlink a'], found: ['drop a'] },
  'a new file': { given: ['create d/a', 'data d/a'], found: ['look d', 'put d/a'] },
  'a deleted directory swallows what was below': {
    given: ['data d/a', 'mkdir d/e', 'create d/e/f', 'unlink d/a', 'unlink d/e/f', 'rmdir d/e', 'rmdir d'],
    found: ['drop d'],
  },
  'a rename is a move': { given: ['rename a b'], found: ['drop a', 'move a b'] },
  'a chain of renames is one move': { given: ['rename a b', 'rename b c'], found: ['drop a', 'drop b', 'move a c'] },
  'there and back is nothing but two names': { given: ['rename a b', 'rename b a'], found: ['drop b'] },
  'a swap': {
    given: ['rename a t', 'rename b a', 'rename t b'],
    found: ['drop t', 'move a b', 'move b a'],
  },
  'an exchange': { given: ['exchange a b'], found: ['move a b', 'move b a'] },
  'an exchange within one directory, twice': { given: ['exchange a b', 'exchange a b'], found: [] },
  'changes go along with a rename': { given: ['data d/a', 'rename d e'], found: ['drop d', 'move d e', 'put e/a'] },
  'what is renamed out of a renamed directory has its own origin': {
    given: ['rename d e', 'rename e/x y'],
    found: ['drop d', 'drop e/x', 'look e', 'move d e', 'move d/x y'],
  },
  'within a renamed directory': {
    given: ['rename d e', 'rename e/x e/y'],
    found: ['drop d', 'drop e/x', 'look e', 'move d e', 'move d/x e/y'],
  },
  'renamed with its directory and back to where that was': {
    given: ['rename d e', 'mkdir d', 'rename e/x d/x'],
    found: ['drop e/x', 'look e', 'move d e', 'move d/x d/x', 'put d'],
  },
  'into a new directory of its own old name': {
    given: ['rename d t', 'mkdir d', 'rename t d/x'],
    found: ['drop t', 'move d d/x', 'put d'],
  },
  'a new object is not moved': { given: ['create t', 'rename t a'], found: ['drop t', 'put a'] },
  'an editor that saves by renaming': {
    given: ['create t', 'data t', 'rename t a', 'create t', 'rename t a'],
    found: ['drop t', 'put a'],
  },
  'a new link': { given: ['link a b'], found: ['look a', 'look b'] },
};

for (const [name, { given, found }] of Object.entries(CASES)) {
  test(`fold: ${name}`, (t) => t.deepEqual(results(fold(records(given))), [...found].sort()));
}

function waiting(path: string, whole: boolean): PendingPath {
  return { path: Buffer.from(path), kind: 'moved', whole, reason: '', attempts: 1, nextTryUs: 0 };
}

test('what waits goes along with renames, and what is renamed out of it is as unknown as it is', (t) => {
  const overlay = fold(records(['rename d e', 'rename e/x y']), { pending: [waiting('d', true), waiting('a', false)] });
  const expected = ['all e', 'all y', 'drop d', 'drop e/x', 'move d e', 'move d/x y', 'put a'];
  t.deepEqual(results(overlay), expected);
});

test('what waits and was removed since waits no more', (t) => {
  t.deepEqual(results(fold(records(['unlink a']), { pending: [waiting('a', false)] })), ['drop a']);
});

test('moves that a pass before has replayed are not replayed again; what it lost is to be shipped', (t) => {
  const replayed = { head: 2, lost: ['c'] };
  const overlay = fold(records(['rename a b', 'rename x c', 'rename b d', 'rename c/1 e']), { replayed });
  const expected = ['all c', 'all e', 'drop a', 'drop b', 'drop c/1', 'drop x', 'move b d', 'move c/1 e'];
  t.deepEqual(results(overlay), expected);
});

test('a changed object that lost a name is an orphan: its other names show the old content', (t) => {
  t.deepEqual([...fold(records(['data a', 'unlink a'])).orphans], [['a', '1:7']]);
  t.deepEqual([...fold(records(['data a', 'rename t a'])).orphans], [['a', '1:7']]);
  t.deepEqual([...fold(records(['rename d e', 'data e/a', 'unlink e/a'])).orphans.keys()], ['d/a']);
  t.deepEqual([...fold(records(['create a', 'unlink a', 'unlink b'])).orphans], []);
});

test('a gap is never folded over', (t) => {
  t.throws(() => fold(records(['gap'])), { message: /record 1: it is a gap/ });
});
