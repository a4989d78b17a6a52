import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { must, run } from '../support/run.js';
import { PROJECT } from '../support/volume.js';
import { makeWork } from '../support/work.js';

const SOURCES = join(PROJECT, 'src/syscalls');
const PROGRAM = fileURLToPath(new URL('./sanitized.js', import.meta.url));

/** gcc's checks of memory and of undefined behaviour, and every warning an error. */
const FLAGS = [
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=undefined',
  '-fno-omit-frame-pointer',
  '-g',
  '-O1',
];
const WARNINGS = ['-Wall', '-Wextra', '-Werror'];

/** Names and values of binding.gyp, which node-gyp reads as JSON. */
interface Target {
  readonly sources: readonly string[];
  readonly defines: readonly string[];
}

/** Where node_api.h lies: where node-gyp found it when it built the addon, or beside Node. */
function includeFolder(): string {
  const { variables } = JSON.parse(readFileSync(join(SOURCES, 'build/config.gypi'), 'utf8').replace(/^#.*\n/, '')) as {
    variables: { nodedir?: string };
  };
  const homes = [variables.nodedir, dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  const found = homes
    .map((home) => join(home ?? '', 'include/node'))
    .find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found === undefined) throw new Error(`Cannot find node_api.h below ${homes.join(', ')}`);
  return found;
}

async function compile(output: string): Promise<void> {
  const { targets } = JSON.parse(readFileSync(join(SOURCES, 'binding.gyp'), 'utf8')) as { targets: [Target] };
  const [{ sources, defines }] = targets;
  const macros = [...defines, 'NODE_GYP_MODULE_NAME=syscalls'].map((define) => `-D${define}`);
  const files = sources.map((file) => join(SOURCES, file));
  const include = `-I${includeFolder()}`;
  await must([
    'gcc',
    '-std=gnu11',
    '-fPIC',
    '-shared',
    ...FLAGS,
    ...WARNINGS,
    ...macros,
    include,
    ...files,
    '-o',
    output,
  ]);
}

test('no call of the addon does to memory what it may not', async (t) => {
  const work = makeWork(t);
  const addon = join(work, 'sanitized.node');
  await compile(addon);
  const libraries = await Promise.all(
    ['libasan.so', 'libubsan.so'].map((name) => must(['gcc', `-print-file-name=${name}`])),
  );
  const { status, stdout, stderr } = await run([process.execPath, PROGRAM, addon, work], {
    env: { LD_PRELOAD: libraries.join(':'), ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' },
  });
  t.notRegex(stderr, /ERROR: AddressSanitizer|runtime error/);
  t.is(status, 0, stderr);
  t.true(Number.parseInt(stdout, 10) > 1000, stdout);
});
