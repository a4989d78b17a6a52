/**
 * Makes dist/bundle of dist/src: each program in one file, what V8 has compiled of it beside, and a starter of the program's
 * name. Part of `npm run build`.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { build, type Plugin } from 'esbuild';
import start from './start.cjs';

const FROM = fileURLToPath(new URL('../../src', import.meta.url));
const { TO } = start;

/** Where programs and threads begin, as in scripts/layers.cjs; those of the dashboard's page are the browser's. */
const PROGRAMS = [
  'cli/main',
  'daemon/main',
  'daemon/worker',
  'journal/thread',
  'ship/transfer/copying/thread',
  'dashboard/looker',
];

/**
 * What a module takes for its own place. One of ours: that in dist/bundle as it was in dist/src, so that its references to
 * programs lead to bundled ones. One of a package: its real one, where its addon is. Both from the folder of the bundle, which
 * may be moved.
 */
function placeOf(file: string, program: string): string {
  const inside = path.relative(FROM, file);
  const place = inside.startsWith('..') ? file : path.join(TO, inside);
  const fromProgram = JSON.stringify(`/${path.relative(path.dirname(path.join(TO, program)), place)}`);
  return `require('node:url').pathToFileURL(__dirname + ${fromProgram}).href`;
}

/** A bundle is no ES module: it has no import.meta. */
const withPlaces = (program: string): Plugin => ({
  name: 'places of modules',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.js$/ }, ({ path: file }) => {
      const text = fs.readFileSync(file, 'utf8');
      return { contents: text.replaceAll('import.meta.url', placeOf(file, program)), loader: 'js' };
    });
  },
});

/** Writes a program's one file. What esbuild warns of is an error here. */
async function bundle(program: string): Promise<void> {
  const { warnings } = await build({
    entryPoints: [path.join(FROM, `${program}.js`)],
    outfile: start.bundleOf(program),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [withPlaces(program)],
    legalComments: 'none',
    logLevel: 'warning',
  });
  if (warnings.length > 0) throw new Error(`Cannot bundle "${program}": see the warnings`);
}

/** Keeps what V8 compiles of a bundle. All of it: else it would leave each function until that is called. */
function compile(program: string): void {
  v8.setFlagsFromString('--no-lazy');
  const script = start.load(program);
  // What is kept names the flags of this moment, and V8 refuses what was compiled with others than its own.
  v8.setFlagsFromString('--lazy');
  fs.writeFileSync(start.compiledOf(program), script.createCachedData());
}

function writeStarter(program: string): void {
  const file = path.join(TO, `${program}.js`);
  const starts = path.relative(path.dirname(file), fileURLToPath(new URL('start.cjs', import.meta.url)));
  fs.writeFileSync(file, `#!/usr/bin/env node\nrequire('${starts}').start('${program}');\n`, { mode: 0o755 });
}

fs.rmSync(TO, { recursive: true, force: true });
for (const program of PROGRAMS) {
  await bundle(program);
  compile(program);
  writeStarter(program);
}
fs.writeFileSync(path.join(TO, 'package.json'), '{ "type": "commonjs" }\n');
fs.symlinkSync('../../src/dashboard/page', path.join(TO, 'dashboard/page'));
