import fs = require('node:fs');
import module_ = require('node:module');
import path = require('node:path');
import vm = require('node:vm');

/** dist/bundle, from the place of this file in dist. */
const TO = path.join(__dirname, '../../bundle');

/** What is around a CommonJS module: Node's own words. */
const [HEAD, TAIL] = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];

/** The one file of a program, by the program's path in dist/bundle without its ending. */
function bundleOf(program: string): string {
  return path.join(TO, `${program}.bundle.js`);
}

/** Where what V8 has compiled of it is kept. */
function compiledOf(program: string): string {
  return path.join(TO, `${program}.compiled`);
}

/** The function whose body a bundle is. `cachedData`: see vm.Script. */
function load(program: string, cachedData?: Buffer): vm.Script {
  const text = `${HEAD}${fs.readFileSync(bundleOf(program), 'utf8')}${TAIL}`;
  // Not its place: V8 keeps the name with what it compiled, and dist may be moved.
  const filename = `bundle/${program}.bundle.js`;
  return new vm.Script(text, { filename, ...(cachedData && { cachedData }) });
}

/**
 * Runs a program from the one file that it was bundled into, with what was compiled of it at the build: to find, read and
 * compile its modules one by one is most of what a short command costs. V8 refuses what another release of it has compiled,
 * and what is not whole, and compiles anew.
 */
function start(program: string): void {
  const script = load(program, fs.readFileSync(compiledOf(program)));
  const file = bundleOf(program);
  const exports = {};
  script.runInThisContext()(exports, module_.createRequire(file), { exports }, file, path.dirname(file));
}

export = { TO, bundleOf, compiledOf, load, start };
