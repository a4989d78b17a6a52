import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { must, type Result, run } from './run.js';
import { PROJECT } from './volume.js';

const SOURCES = join(PROJECT, 'src/syscalls');

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

/** Compiles the addon with the sanitizers. */
export async function compileSanitized(output: string): Promise<void> {
  const { targets } = JSON.parse(readFileSync(join(SOURCES, 'binding.gyp'), 'utf8')) as { targets: [Target] };
  const [{ sources, defines }] = targets;
  const macros = [...defines, 'NODE_GYP_MODULE_NAME=syscalls'].map((define) => `-D${define}`);
  const files = sources.map((file) => join(SOURCES, file));
  const include = `-I${includeFolder()}`;
  const command = ['gcc', '-std=gnu11', '-fPIC', '-shared', ...FLAGS, ...WARNINGS, ...macros, include, ...files];
  await must([...command, '-o', output]);
}

/** Runs a command whose Node loads the addon that was compiled so. What the sanitizers find stands in stderr, and ends it. */
export async function runSanitized(command: readonly string[]): Promise<Result> {
  const libraries = await Promise.all(
    ['libasan.so', 'libubsan.so'].map((name) => must(['gcc', `-print-file-name=${name}`])),
  );
  return run(command, {
    env: { LD_PRELOAD: libraries.join(':'), ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' },
  });
}

/** What stderr has when a sanitizer found something. */
export const FINDING = /ERROR: AddressSanitizer|runtime error/;
