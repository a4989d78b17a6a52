import { readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { must } from '../support/run.js';
import { PROJECT } from '../support/volume.js';
import { makeWork } from '../support/work.js';

const PROGRAMS = [
  'cli/main',
  'daemon/main',
  'daemon/worker',
  'dashboard/looker',
  'journal/thread',
  'ship/transfer/copying/thread',
];

const bundleOf = (project: string, program: string) => join(project, `dist/bundle/${program}.bundle.js`);
const compiledOf = (project: string, program: string) => join(project, `dist/bundle/${program}.compiled`);

/** Whether V8 takes what was compiled of a program, in a process that has nothing to do with the build. */
async function isTaken(project: string, program: string): Promise<boolean> {
  const load = `const { load, compiledOf } = require(process.argv[1]);
    const data = require('node:fs').readFileSync(compiledOf(process.argv[2]));
    console.log(load(process.argv[2], data).cachedDataRejected);`;
  const start = join(project, 'dist/scripts/bundle/start.cjs');
  const rejected = await must([process.execPath, '-e', load, start, program]);
  return rejected.trim() === 'false';
}

test('all that is bundled has compiled code', (t) => {
  const files = readdirSync(join(PROJECT, 'dist/bundle'), { recursive: true }).map(String);
  const bundled = files.filter((file) => file.endsWith('.bundle.js')).map((file) => file.replace('.bundle.js', ''));
  t.deepEqual(bundled.sort(), PROGRAMS);
});

for (const program of PROGRAMS) {
  test(`V8 takes what was compiled of ${program}, all of its functions`, async (t) => {
    t.true(await isTaken(PROJECT, program));
    const [text, compiled] = [bundleOf(PROJECT, program), compiledOf(PROJECT, program)].map(
      (file) => statSync(file).size,
    );
    // Without its functions it is a small part of that.
    t.true(compiled! > text! / 2, `${compiled} bytes of ${text}`);
  });
}

/** The programs in another place, with the addon and the packages where they look for them. */
async function copyProject(t: ExecutionContext): Promise<string> {
  const project = makeWork(t);
  const parts = ['package.json', 'dist/bundle', 'dist/scripts/bundle'];
  await must(['cp', '-a', '--parents', ...parts, project], { cwd: PROJECT });
  for (const name of ['node_modules', 'src']) symlinkSync(join(PROJECT, name), join(project, name));
  return project;
}

const { version: VERSION } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };

test('what was compiled is taken in another place, and through a link', async (t) => {
  const project = await copyProject(t);
  t.true(await isTaken(project, 'cli/main'));
  const link = join(project, 'markerfs');
  symlinkSync(join(project, 'dist/bundle/cli/main.js'), link);
  t.is((await must([link, '--version'])).trim(), VERSION);
  for (const file of [bundleOf(project, 'cli/main'), compiledOf(project, 'cli/main')])
    t.false(readFileSync(file).includes(PROJECT), `${file} has the place of the build in it`);
});

/** V8 begins with four bytes of its format, and four that tell its release. */
const RELEASE_AT = 4;

const DAMAGE: Readonly<Record<string, (file: string) => void>> = {
  'is of another release of V8': (file) => {
    const data = readFileSync(file);
    data.writeUInt32LE(data.readUInt32LE(RELEASE_AT) ^ 1, RELEASE_AT);
    writeFileSync(file, data);
  },
  'was cut short': (file) => truncateSync(file, statSync(file).size >> 1),
  'is empty': (file) => truncateSync(file),
  'is no compiled code': (file) => writeFileSync(file, 'x'.repeat(statSync(file).size)),
};

for (const [what, damage] of Object.entries(DAMAGE)) {
  test(`a program whose compiled code ${what} is compiled anew`, async (t) => {
    const project = await copyProject(t);
    damage(compiledOf(project, 'cli/main'));
    t.false(await isTaken(project, 'cli/main'));
    t.is((await must([join(project, 'dist/bundle/cli/main.js'), '--version'])).trim(), VERSION);
  });
}
