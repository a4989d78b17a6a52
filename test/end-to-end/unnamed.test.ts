import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Companion } from '../support/companion.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

/** Debian's own: another in the path may be root's alone. */
const PYTHON = '/usr/bin/python3';

/** Makes a file without a name, gives it one, and writes: a step at each line of input. */
const PROGRAM = `
import os, sys
file = os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR, 0o640)
for line in sys.stdin:
    word = line.strip()
    if word == 'link':
        # With a descriptor given, Python follows the link in /proc.
        os.link('/proc/self/fd/%d' % file, sys.argv[1] + '/named', src_dir_fd=file)
    else:
        os.write(file, word.encode())
    print('done', flush=True)
`;

for (const crawl of ['journal', 'walk'] as const) {
  test(`a file that was made without a name arrives once it has one, by ${crawl}`, async (t) => {
    const volume = await TestVolume.mounted(t);
    await volume.ship();
    const program = new Companion(t, [PYTHON, '-c', PROGRAM, volume.mountpoint]);
    for (const step of ['before', 'link', 'after']) {
      t.is(await program.ask(step), 'done');
      // By walk all comes at once: the mount has to end before its journal can go.
      if (crawl === 'walk') continue;
      t.is((await volume.ship()).crawl, crawl);
      t.is(await differences(volume.source, volume.slave), '', step);
    }
    await program.end();
    if (crawl === 'walk') {
      await volume.umount();
      volume.removeJournal();
    }
    t.is((await volume.ship()).crawl, crawl);
    t.is(await differences(volume.source, volume.slave), '');
    t.is(readFileSync(join(volume.slave, 'named'), 'utf8'), 'beforeafter');
  });
}
