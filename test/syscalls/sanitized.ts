/**
 * Makes the calls of every check with an addon that was compiled elsewhere: `node sanitized.js ADDON FOLDER`. Says how many results it saw. What they are is
 * for native.test.ts to compare; this is about what the calls do to memory.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Native } from '../../src/syscalls/index.js';
import { checkArguments } from './checks/arguments.js';
import { runCheck } from './checks/check.js';
import { checks } from './checks/index.js';

const [, , addon = '', folder = ''] = process.argv;
const native = createRequire(import.meta.url)(addon) as Native;

let seen = 0;
const is = () => {
  seen++;
};

for (const name of Object.keys(checks) as (keyof Native)[]) {
  for (const [kind, check] of [
    ['does', checks[name]],
    ['refuses', (place: Parameters<typeof checkArguments>[0]) => checkArguments(place, name, is)],
  ] as const) {
    const place = join(folder, `${name} ${kind}`);
    mkdirSync(place);
    runCheck(native, place, check, is);
  }
}
process.stdout.write(`${seen} results\n`);
