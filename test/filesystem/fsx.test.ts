import { join } from 'node:path';
import test from 'ava';
import { must } from '../support/run.js';
import { Served } from '../support/served.js';
import { PROJECT } from '../support/volume.js';
import { makeWork } from '../support/work.js';

const OPERATIONS = '2000';

test('a file that is changed at random in every way has the content that it should have', async (t) => {
  const program = join(makeWork(t), 'fsx');
  const source = join(PROJECT, 'test/filesystem/conformance/fsx.c');
  await must(['gcc', '-O1', '-Wall', '-Wextra', '-Werror', source, '-o', program]);
  const served = await Served.start();
  t.teardown(() => served.stop());
  for (const seed of [1, 2, Math.floor(Math.random() * 2 ** 31)].map(String)) {
    t.log(`seed ${seed}`);
    // The bare filesystem first, which proves the program.
    for (const place of [served.work, served.mountpoint])
      await t.notThrowsAsync(must([program, join(place, `file ${seed}`), seed, OPERATIONS]));
  }
});
