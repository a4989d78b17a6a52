import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must, run } from '../support/run.js';
import { MARKERFS } from '../support/volume.js';
import { makeWork } from '../support/work.js';
import { typed, VERBS } from './verbs.js';

/** Programs that print what a shell offers for the last of their arguments, a line each. */
const SHELLS: Record<string, (script: string, words: readonly string[]) => string[]> = {
  bash: (script, words) => [
    'bash',
    '-c',
    `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _markerfs; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    script,
    ...words,
  ],
  // The functions of zsh that show what there is need a terminal: what they are given is printed instead.
  zsh: (script, words) => [
    'zsh',
    '-f',
    '-c',
    `compdef() { : }; _describe() { print -l -- \${(P)2} }; _files() { : }
     source $1; shift; words=("$@"); CURRENT=$#; _markerfs`,
    'zsh',
    script,
    ...words,
  ],
  fish: (script, words) => [
    'fish',
    '--no-config',
    '-c',
    'source $argv[1]; complete -C "$argv[2..-1]"',
    script,
    ...words,
  ],
};

/** What is typed, something that is offered for its last word, and something that is not. */
const TYPED: [words: string[], offered: string, not: string][] = [
  [['sta'], 'status', 'add'],
  [['slave', ''], 'remove', 'ship'],
  [['slave', 'add', '/data', 'copy', '--'], '--adopt', '--slave'],
  [['ship', '--'], '--slave', '--follow'],
  [['--engine', ''], 'fuse-native', 'ship'],
  [['completion', ''], 'zsh', 'ship'],
];

for (const [shell, command] of Object.entries(SHELLS)) {
  test(`${shell} completes verbs, options and values`, async (t) => {
    const script = join(makeWork(t), 'script');
    writeFileSync(script, `${await must([process.execPath, MARKERFS, 'completion', shell])}\n`);
    for (const [words, offered, not] of TYPED) {
      const { stdout, stderr } = await run(command(script, ['markerfs', ...words]));
      t.is(stderr, '');
      // What stands behind the word describes it.
      const found = stdout.split('\n').map((line) => line.split(/[:\t]/)[0]);
      t.true(found.includes(offered), `${words.join(' ')}: ${stdout}`);
      t.false(found.includes(not), `${words.join(' ')}: ${stdout}`);
    }
    // All that the help of each verb tells.
    for (const verb of VERBS) {
      const { stdout } = await run(command(script, ['markerfs', ...typed(verb), '--']));
      const found = stdout.split('\n').map((line) => line.split(/[:\t]/)[0]!);
      const told = verb.options.flatMap(({ names }) => names).filter((name) => name.startsWith('--'));
      t.deepEqual(
        [...new Set(found.filter((name) => name.startsWith('--')))].sort(),
        told.sort(),
        verb.words.join(' '),
      );
    }
  });
}

test('the manual page has every verb and option of the help, and is well formed', async (t) => {
  const file = join(makeWork(t), 'markerfs.1');
  writeFileSync(file, `${await must([process.execPath, MARKERFS, 'man'])}\n`, 'latin1');
  const shown = await run(['man', '--warnings', '--local-file', '--pager=cat', file], {
    env: { LC_ALL: 'C.UTF-8', MANWIDTH: '120' },
  });
  t.is(shown.stderr, '');
  t.is(shown.status, 0);
  // Lines are broken where they are full.
  const text = Buffer.from(shown.stdout, 'latin1').toString().replace(/\s+/g, ' ');
  const has = (part: string): void => {
    t.true(text.includes(part.replace(/\s+/g, ' ').trim()), part);
  };
  for (const { words, usage, description, arguments: given, options, explanation } of VERBS) {
    has(`${words.join(' ')} ${usage}`);
    has(description);
    for (const { name, description: what } of given) has(`<${name}> ${what}`);
    for (const { flags, description: what } of options) has(`${flags} ${what}`);
    for (const example of explanation.examples) has(example);
    has(explanation.more ?? '');
  }
  t.regex(shown.stdout, /^EXIT STATUS\n +0 +done\n +1 +failed\n +2 +wrong usage\n +3 +partly done;/m);
});
