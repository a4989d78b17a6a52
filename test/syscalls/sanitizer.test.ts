import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { compileSanitized, FINDING, runSanitized } from '../support/sanitized.js';
import { makeWork } from '../support/work.js';

const PROGRAM = fileURLToPath(new URL('./sanitized.js', import.meta.url));

test('no call of the addon does to memory what it may not', async (t) => {
  const work = makeWork(t);
  const addon = join(work, 'sanitized.node');
  await compileSanitized(addon);
  const { status, stdout, stderr } = await runSanitized([process.execPath, PROGRAM, addon, work]);
  t.notRegex(stderr, FINDING);
  t.is(status, 0, stderr);
  t.true(Number.parseInt(stdout, 10) > 1000, stdout);
});
