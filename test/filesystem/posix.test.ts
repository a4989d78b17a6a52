import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestFn } from 'ava';
import { must } from '../support/run.js';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';
import type { PosixCases } from './posix/case.js';
import { requestCases } from './posix/files.js';
import { ownerCases } from './posix/owners.js';
import { anybody, privileged, runIn } from './posix/suite.js';

/** Each case runs on a plain directory first, which proves the case. */
function onPlain(test: TestFn, cases: PosixCases): void {
  for (const [title, run] of Object.entries(cases)) test(`plain directory: ${title}`, (t) => run(t, makeWork(t)));
}

/** Then on a mount. */
function onMount(test: TestFn, name: string, served: () => Served, cases: PosixCases): void {
  runIn(test, name, () => served().mountpoint, cases);
}

/** An overlay at the source, of empty folders: the kernel takes no backing files from it, so that reads and writes come as requests. */
async function mountOverlay({ work, source }: Served): Promise<void> {
  const [lower = '', upper = '', workdir = ''] = ['lower', 'upper', 'workdir'].map((name) => join(work, name));
  for (const folder of [lower, upper, workdir]) mkdirSync(folder);
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${workdir}`;
  await must(['mount', '-t', 'overlay', 'overlay', '-o', options, source]);
}

let plain: Served;
let stacked: Served | undefined;

test.before(async () => {
  plain = await Served.start();
  if (hasOverlay) stacked = await Served.start(mountOverlay);
});

test.after.always('the daemons end in order, and found no fault in themselves', async (t) => {
  for (const served of [plain, stacked]) {
    if (served === undefined) continue;
    t.is(await served.stop(), 0, served.log);
    t.notRegex(served.log, /Cannot serve|Worker/);
  }
});

/** Only root mounts an overlay, and only where the kernel has it. */
const hasOverlay = process.getuid?.() === 0 && readFileSync('/proc/filesystems', 'latin1').includes('\toverlay\n');
const testStacked = (hasOverlay ? test : test.skip) as TestFn;

onPlain(test, { ...anybody, ...requestCases });
onPlain(testAsRoot as TestFn, privileged);
onMount(test, 'mount', () => plain, anybody);
onMount(testAsRoot as TestFn, 'mount', () => plain, privileged);
onMount(testStacked, 'mount without passthrough', () => stacked as Served, { ...anybody, ...requestCases });
onMount(testStacked, 'mount without passthrough', () => stacked as Served, ownerCases);
