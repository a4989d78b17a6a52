import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

/** Names that break programs: not UTF-8, with separators of lists, as long as they may be, or with a meaning for rsync or a shell. */
const NAMES = [
  Buffer.from([0xff]),
  Buffer.from([0xff, 0xfe, 0x0a, 0x80]),
  Buffer.alloc(255, 0xe4),
  ...[
    'a\nb',
    '\n',
    'tab\t',
    ' blanks ',
    '\r',
    '#comment',
    ';comment',
    '-rf',
    '--delete',
    '*',
    '?[a]',
    '\\',
    'a\\#012b',
    '...',
  ]
    .concat(['$HOME', '`id`', "'", '"', 'co:lon', '\u001b[31m', '~', '%s', 'ä€😀'])
    .map((name) => Buffer.from(name)),
];

function within(folder: string | Buffer, name: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), Buffer.from(name)]);
}

function names(folder: string): string[] {
  const state = Buffer.from('.markerfs').toString('hex');
  const found = readdirSync(folder, { encoding: 'buffer' }).map((name) => name.toString('hex'));
  return found.filter((name) => !name.startsWith(state)).sort();
}

test('names of any bytes go from the mount to the slave: new, changed, renamed, removed', async (t) => {
  const volume = await TestVolume.mounted(t);
  const expected = NAMES.map((name) => name.toString('hex')).sort();

  for (const name of NAMES) {
    const folder = within(volume.mountpoint, name);
    mkdirSync(folder);
    for (const inner of NAMES) writeFileSync(within(folder, inner), 'first');
  }
  await volume.ship();
  t.deepEqual(names(volume.source), expected);
  t.deepEqual(names(volume.slave), expected);
  t.is(await differences(volume.source, volume.slave), '');

  for (const name of NAMES) {
    const folder = within(volume.mountpoint, name);
    writeFileSync(within(folder, name), 'other');
    renameSync(within(folder, '*'), within(folder, 'was a star'));
    rmSync(within(folder, '#comment'));
  }
  renameSync(within(volume.mountpoint, 'a\nb'), within(volume.mountpoint, Buffer.from([0x80, 0x0a])));
  t.is((await volume.ship()).crawl, 'journal');
  t.is(await differences(volume.source, volume.slave), '');

  for (const name of readdirSync(volume.mountpoint, { encoding: 'buffer' }))
    rmSync(within(volume.mountpoint, name), { recursive: true });
  // The source is empty then, which could be a disk that is not mounted.
  await volume.markerfs('ship', volume.source, '--confirm-deletes');
  t.deepEqual(names(volume.slave), []);
  t.is(await differences(volume.source, volume.slave), '');
});
