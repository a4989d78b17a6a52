import { Changes, isDead } from '../support/changes.js';
import { Random } from '../support/random.js';

/**
 * A program for tests: `node churns.js <directory> <seed> <operations>` does random things in a directory, the same ones
 * for the same seed. It ends with 0 also where the mount dies under it.
 */

/** What random operations on what may not be there run into. */
const EXPECTED = new Set([
  'ENOENT',
  'EEXIST',
  'ENOTEMPTY',
  'EISDIR',
  'ENOTDIR',
  'EINVAL',
  'ELOOP',
  'EPERM',
  'EMLINK',
  'EACCES',
]);

const [root = '', seed = '1', operations = '0'] = process.argv.slice(2);
const random = new Random(Number(seed));
const changes = new Changes(root, random, { names: ['a', 'b', 'c', 'd', 'e'], maxDepth: 4, maxBytes: 20_000 });

for (let done = 0; done < Number(operations); done++) {
  try {
    random.of(changes.operations)();
  } catch (error) {
    if (isDead(error)) process.exit(0);
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!EXPECTED.has(code) && !code.startsWith('ERR_FS')) throw error;
  }
}
