import test from 'ava';
import { parseDuration, showDuration } from '../../src/cli/duration.js';
import { count, jsonName, plainLine, showBytes, showName, showTime, table } from '../../src/cli/text.js';

const NAMES: [bytes: string | number[], shown: string, json: object][] = [
  ['plain/name', 'plain/name', { path: 'plain/name' }],
  ['grün 日本', 'grün 日本', { path: 'grün 日本' }],
  ['two\nlines\t', 'two\\nlines\\t', { path: 'two\nlines\t' }],
  ['\u001b[31mred', '\\x1b[31mred', { path: '\u001b[31mred' }],
  ['back\\slash', 'back\\\\slash', { path: 'back\\slash' }],
  ['turned\u202eeman', 'turned\\xe2\\x80\\xaeeman', { path: 'turned\u202eeman' }],
  ['\u009b', '\\xc2\\x9b', { path: '\u009b' }],
  ['\ufeffbom', '\ufeffbom', { path: '\ufeffbom' }],
  [[0x61, 0xff, 0x0a, 0x5c], 'a\\xff\\x0a\\\\', { path: 'a\ufffd\n\\', pathBase64: 'Yf8KXA==' }],
  [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80', { path: '\ufffd\ufffd\ufffd', pathBase64: '7aCA' }],
  ['', '', { path: '' }],
];

for (const [bytes, shown, json] of NAMES) {
  test(`a name is shown as ${shown || 'nothing'} and kept in JSON`, (t) => {
    const name = Buffer.from(bytes as string);
    t.is(showName(name), shown);
    t.deepEqual(jsonName('path', name), json);
  });
}

test('a message stays one line', (t) => {
  t.is(plainLine('Cannot open "a\nb\u001b[0m\\"'), 'Cannot open "a\\nb\\x1b[0m\\"');
});

test('times have microseconds', (t) => {
  t.is(showTime(1_700_000_000_000_007), '2023-11-14 22:13:20.000007Z');
  t.is(showTime(1_700_000_000_999_999), '2023-11-14 22:13:20.999999Z');
});

test('amounts are shown as people read them', (t) => {
  const bytes = [0, 999, 1000, 1540, 15_400, 154_000, 999_600, 1e9, 5e15, 5e18].map(showBytes);
  t.deepEqual(bytes, ['0 B', '999 B', '1.0 kB', '1.5 kB', '15 kB', '154 kB', '1.0 MB', '1.0 GB', '5.0 PB', '5000 PB']);
  t.deepEqual([count(1, 'file'), count(0, 'file'), count(12_345, 'file')], ['1 file', '0 files', '12,345 files']);
  const durations = [0.04, 9.96, 59.4, 61, 3599, 3661, 90_000].map(showDuration);
  t.deepEqual(durations, ['0.0 s', '10.0 s', '59 s', '1 min 1 s', '59 min 59 s', '1 h 1 min', '1 d 1 h']);
});

test('a table is aligned', (t) => {
  t.is(
    table([
      ['A', 'LONG', 'C'],
      ['longer', 'b', ''],
    ]),
    'A       LONG  C\nlonger  b',
  );
});

test('durations are read with their unit', (t) => {
  t.deepEqual(['500ms', '30s', '1.5m', '2h', '1d'].map(parseDuration), [500, 30_000, 90_000, 7_200_000, 86_400_000]);
  for (const wrong of ['', '30', 's', '-1s', '0s', '1w', '30 s', '25d', '1e3s'])
    t.throws(() => parseDuration(wrong), undefined, wrong);
});
