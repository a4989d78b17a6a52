import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { VerbOutline } from '../../src/cli/outline.js';
import { PROJECT } from '../support/volume.js';
import { typed, VERBS } from './verbs.js';

/** What the documents have people type is what the program takes, and every verb of the program is in the README. */

const NOTES = join(PROJECT, 'native-notes');
const DOCUMENTS = [
  join(PROJECT, 'README.md'),
  ...readdirSync(NOTES)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(NOTES, name)),
];

/** Command lines of markerfs in a text: in its blocks, and between backticks. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].flatMap(([, block]) => block!.split('\n'));
  const quoted = [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...quoted]
    .flatMap((line) => line.replace(/\s#.*$/, '').split(/&&|\|\||;/))
    .map((line) => line.trim())
    .filter((line) => /^(?:markerfs |command="markerfs )/.test(line))
    .map((line) => line.replace(/^command="|"?,restrict.*$/g, ''));
}

/** The verb of a command line with the words behind it; `a|b|c` in its place stands for each of them. */
function* verbsOf([first = '', second = '', ...rest]: string[]): Generator<[VerbOutline | undefined, string[]]> {
  const find = (...words: string[]) => VERBS.find((verb) => typed(verb).join(' ') === words.join(' '));
  const parent = VERBS.find(({ words, verbs }) => words[1] === first && verbs.length > 0);
  for (const word of parent ? second.split(/\\?\|/) : []) if (word !== '') yield [find(first, word), rest];
  if (parent && second !== '') return;
  const isSource = /^[/<-]/.test(first);
  yield [isSource ? VERBS[0] : find(first), isSource ? [first, second, ...rest] : [second, ...rest]];
}

function wrongIn(line: string): string[] {
  const found: string[] = [];
  const words = line.replaceAll('…', '').split(/\s+/).slice(1);
  if (words[0] === 'help' || words[0]?.startsWith('--help') || words[0] === '<verb>') return found;
  for (const [verb, behind] of verbsOf(words)) {
    if (!verb) found.push(`no such verb: ${line}`);
    const known = [...(verb?.options ?? []), ...VERBS[0]!.options.filter(({ flags }) => flags.includes('--help'))];
    for (const word of behind.filter((one) => /^-\w|^--\w/.test(one)))
      if (!known.some(({ names }) => names.includes(word.replace(/[=,].*/, '')))) found.push(`no ${word}: ${line}`);
  }
  return found;
}

test('every command line of the documents and of the help has a verb that there is, and its options', (t) => {
  const texts = DOCUMENTS.map((file) => readFileSync(file, 'utf8'));
  const lines = texts.flatMap(commandLines);
  t.true(lines.length > 60, String(lines.length));
  const examples = VERBS.flatMap(({ explanation }) => explanation.examples).filter((line) => /^markerfs /.test(line));
  t.true(examples.length > 40, String(examples.length));
  const shown = examples.map((line) => line.replace(/\s(?:#|&&|>).*$/, ''));
  t.deepEqual([...lines, ...shown].flatMap(wrongIn), []);
});

test('every verb is in the table of the README, and every option that the table tells of is one of its verb', (t) => {
  const [, table = ''] = /\| command \| what it does \|\n(.*?)\n\n/s.exec(readFileSync(DOCUMENTS[0]!, 'utf8')) ?? [];
  const rows = table
    .split('\n')
    .slice(1)
    .map((row) => row.replaceAll('\\|', '|').slice(2).split('` | '));
  const told = new Set<string>();
  for (const [command = '', what = ''] of rows) {
    const verbs = [...verbsOf(command.replace('`', '').split(' ').slice(1))].map(([verb]) => verb);
    for (const verb of verbs) {
      t.truthy(verb, command);
      told.add(typed(verb!).join(' '));
    }
    const options = [...what.matchAll(/`(-{1,2}[a-z][a-z-]*)/g)].map(([, name]) => name!);
    const known = verbs.flatMap((verb) => verb!.options.flatMap(({ names }) => names));
    t.deepEqual(
      options.filter((name) => !known.includes(name)),
      [],
      command,
    );
  }
  // These only hold others.
  const verbs = VERBS.filter((verb) => verb.verbs.length === 0 || verb.words.length === 1);
  t.deepEqual([...told].sort(), verbs.map((verb) => typed(verb).join(' ')).sort());
});
