import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { must, type Result, run, script } from '../support/run.js';
import { compileSanitized, FINDING, runSanitized } from '../support/sanitized.js';
import { testAsRoot } from '../support/users.js';
import { PROJECT } from '../support/volume.js';
import { makeWork } from '../support/work.js';

/** More with MARKERFS_FUZZ, for a night; MARKERFS_SEED makes the same requests again. */
const REQUESTS = process.env.MARKERFS_FUZZ ?? '30000';
const PROGRAM = 'dist/test/filesystem/fuzz/fuzzes.js';

/** Root makes device nodes, and what opens one by mistake would do to the machine what the requests say. */
const UNARMED = ['setpriv', '--bounding-set=-mknod,-sys_rawio,-sys_boot,-sys_module'];

/** A small filesystem of its own, since some requests fill it, with a folder to serve and one that is none of anybody's business. */
async function makeGround(t: ExecutionContext): Promise<{ source: string; outside: string }> {
  const ground = join(makeWork(t), 'ground');
  mkdirSync(ground);
  await must(['mount', '-t', 'tmpfs', '-o', 'size=32m,nr_inodes=50000,nodev', 'tmpfs', ground]);
  t.teardown(() => must(['umount', ground]));
  const [source, outside] = [join(ground, 'source'), join(ground, 'outside')];
  for (const folder of [source, outside]) mkdirSync(folder);
  writeFileSync(join(outside, 'secret'), 'secret');
  await must(['ln', '-s', outside, join(source, 'out')]);
  return { source, outside };
}

/** Everything that shows whether a tree was touched; what looks at it reads its folders, but no file. */
const TRACES = `
find "$1" -printf '%P %y %i %m %n %U %G %s %T@ %C@\\n'
find "$1" -type f -printf '%P %A@\\n'
getfattr -R -h -d -m - "$1"`;
const traces = (tree: string) => script(TRACES, [tree]);

async function fuzz(t: ExecutionContext, runIt: (command: readonly string[]) => Promise<Result>, project = PROJECT) {
  const { source, outside } = await makeGround(t);
  const seed = process.env.MARKERFS_SEED ?? String(randomInt(1, 2 ** 31));
  t.log(`seed ${seed}`);
  const before = await traces(outside);
  const { status, stdout, stderr } = await runIt([
    ...UNARMED,
    process.execPath,
    join(project, PROGRAM),
    source,
    seed,
    REQUESTS,
  ]);
  t.is(status, 0, stderr);
  t.regex(stdout, /answered \d+/);
  t.log(stdout);
  t.is(await traces(outside), before);
  return stderr;
}

testAsRoot('whatever requests come, each has an answer, and nothing outside the source is touched', async (t) => {
  await fuzz(t, run);
});

testAsRoot('the same under the checks of memory and undefined behaviour', async (t) => {
  const project = join(makeWork(t), 'project');
  const addon = join(project, 'src/syscalls/build/Release');
  await must(['mkdir', '-p', addon]);
  await must(['cp', '-a', 'dist', 'package.json', project], { cwd: PROJECT });
  await must(['ln', '-s', join(PROJECT, 'node_modules'), project]);
  await compileSanitized(join(addon, 'syscalls.node'));
  t.notRegex(await fuzz(t, runSanitized, project), FINDING);
});
