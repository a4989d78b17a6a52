import fs from 'node:fs';

/**
 * A program for tests: `node churns.js <directory> <seed> <operations>` does random things in a directory, the same ones for the same seed.
 * The names are few, so that operations meet the same objects again and again. It ends with 0 also where the mount dies under it.
 */

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const MAX_DEPTH = 4;
const MAX_BYTES = 20_000;

/** What random operations on what may not be there run into. */
const EXPECTED = new Set(['ENOENT', 'EEXIST', 'ENOTEMPTY', 'EISDIR', 'ENOTDIR', 'EINVAL', 'ELOOP', 'EPERM', 'EMLINK']);
/** The daemon was killed. */
const DEAD = new Set(['ENOTCONN', 'ECONNABORTED']);

const [root = '', seed = '1', operations = '0'] = process.argv.slice(2);
let state = Number(seed);

/** xorshift32: a whole number below the limit. */
function random(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

function somewhere(): string {
  const names = Array.from({ length: 1 + random(MAX_DEPTH) }, () => NAMES[random(NAMES.length)]);
  return [root, ...names].join('/');
}

function bytes(): Buffer {
  return Buffer.alloc(random(MAX_BYTES), NAMES[random(NAMES.length)]);
}

function overwrite(): void {
  const file = fs.openSync(somewhere(), 'r+');
  try {
    fs.writeSync(file, bytes(), 0, undefined, random(MAX_BYTES));
  } finally {
    fs.closeSync(file);
  }
}

const OPERATIONS: readonly (() => void)[] = [
  () => fs.mkdirSync(somewhere()),
  () => fs.mkdirSync(somewhere(), { recursive: true }),
  () => fs.writeFileSync(somewhere(), bytes()),
  () => fs.writeFileSync(somewhere(), bytes(), { flag: 'wx' }),
  () => fs.appendFileSync(somewhere(), bytes()),
  overwrite,
  () => fs.truncateSync(somewhere(), random(MAX_BYTES)),
  () => fs.renameSync(somewhere(), somewhere()),
  () => fs.renameSync(somewhere(), somewhere()),
  () => fs.linkSync(somewhere(), somewhere()),
  () => fs.symlinkSync(NAMES[random(NAMES.length)] ?? '', somewhere()),
  () => fs.chmodSync(somewhere(), 0o700 + random(0o100)),
  () => fs.utimesSync(somewhere(), random(2 ** 31), random(2 ** 31) + 0.5),
  () => fs.unlinkSync(somewhere()),
  () => fs.rmdirSync(somewhere()),
  () => fs.rmSync(somewhere(), { recursive: random(4) === 0 }),
];

for (let done = 0; done < Number(operations); done++) {
  try {
    OPERATIONS[random(OPERATIONS.length)]?.();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (DEAD.has(code)) process.exit(0);
    if (!EXPECTED.has(code) && !code.startsWith('ERR_FS')) throw error;
  }
}
