/** Program: writes the journal of the volume over argv[2] and prints each head that a flush answered, until it is killed. */
import { Journal } from '../../src/journal/journal.js';
import { createVolume } from '../../src/volume/volume.js';
import { append, record } from './records.js';

const journal = await Journal.start(createVolume(process.argv[2] ?? ''), { retentionUs: Number.POSITIVE_INFINITY });
for (let number = 0; ; ) {
  for (let n = 0; n < 500; n++) append(journal.queue, record({ inoLo: number++ }));
  process.stdout.write(`${(await journal.flush()).head}\n`);
}
