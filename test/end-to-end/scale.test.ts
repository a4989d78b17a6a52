import {
  closeSync,
  mkdirSync,
  opendirSync,
  openSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { must, run, script } from '../support/run.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

/** scripts/scale.sh makes it 1,000,000. */
const FILES = Number(process.env.MARKERFS_FILES ?? 50_000);
/** A directory is also written in while it is listed. */
const ENTRIES = Number(process.env.MARKERFS_FILES ?? 20_000);
const PER_FOLDER = 1000;

/** The daemon's resident memory with so many nodes: what it takes with none, and for each node its records and its name. */
const MOST_MIB = 170 + (130 * FILES) / 1_000_000;

/** As many as a system gives that was not told otherwise, and no more to be had. */
const LIMIT = 1024;

/** Files straight on the source: what is measured is what the mount does with them. */
const MAKE = `
import os, sys
root, first, last, per_folder = sys.argv[1], *map(int, sys.argv[2:])
for n in range(first, last):
    folder = os.path.join(root, f"folder {n // per_folder}")
    if n % per_folder == 0: os.mkdir(folder)
    os.close(os.open(os.path.join(folder, f"file {n}"), os.O_CREAT | os.O_WRONLY))`;

async function mountWithFewDescriptors(t: ExecutionContext, make: (source: string) => Promise<unknown>) {
  const volume = await TestVolume.create(t);
  await make(volume.source);
  const program = [process.execPath, MARKERFS, volume.source, volume.mountpoint];
  await must(['prlimit', `--nofile=${LIMIT}:${LIMIT}`, ...program]);
  return volume;
}

/** So many at once as any machine makes in the time that a program of a test has. */
const AT_ONCE = 50_000;

async function make(folder: string, files: number, perFolder: number): Promise<void> {
  for (let first = 0; first < files; first += AT_ONCE) {
    const numbers = [first, Math.min(files, first + AT_ONCE), perFolder].map(String);
    await must(['python3', '-c', MAKE, folder, ...numbers]);
  }
}

/** MiB that are resident of the daemon. */
function residentMib(volume: TestVolume): number {
  const status = readFileSync(`/proc/${volume.daemonPid()}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test(`find over ${FILES} files takes few descriptors and little memory`, async (t) => {
  const volume = await mountWithFewDescriptors(t, (source) => make(source, FILES, PER_FOLDER));
  // Each file is looked at, so that the kernel holds a lookup of each.
  const look = 'find "$1" -type f -size -1000000c | wc -l';
  t.is(Number(await script(look, [volume.mountpoint])), FILES);
  t.is(Number(await script(look, [volume.mountpoint])), FILES);
  const mib = residentMib(volume);
  t.log(`${Math.round(mib)} MiB resident`);
  t.true(mib < MOST_MIB, `${mib} MiB`);
  t.notRegex(volume.log(), /Cannot serve/);
});

test(`a directory of ${ENTRIES} entries is listed whole while it changes`, async (t) => {
  const volume = await mountWithFewDescriptors(t, (source) => make(source, ENTRIES, ENTRIES));
  const folder = join(volume.mountpoint, 'folder 0');
  const seen = new Set<string>();
  const listing = opendirSync(folder, { bufferSize: 1000 });
  for (let entry = listing.readSync(), n = 0; entry !== null; entry = listing.readSync(), n++) {
    if (entry.name.startsWith('file')) {
      t.false(seen.has(entry.name), entry.name);
      seen.add(entry.name);
    }
    if (n % 50 === 0) writeFileSync(join(folder, `new ${n}`), '');
    if (n % 100 === 0) unlinkSync(join(folder, `new ${n}`));
  }
  listing.closeSync();
  t.is(seen.size, ENTRIES);
});

test('whoever opens more than the daemon may is told so, and everybody else goes on', async (t) => {
  const volume = await mountWithFewDescriptors(t, async (source) => {
    for (const folder of ['one', 'two']) mkdirSync(join(source, folder));
    for (let n = 0; n < 2 * LIMIT; n++) writeFileSync(join(source, `one/file ${n}`), 'content');
  });
  const opened: number[] = [];
  let code = '';
  while (code === '' && opened.length < 2 * LIMIT) {
    try {
      opened.push(openSync(join(volume.mountpoint, `one/file ${opened.length}`), 'r+'));
    } catch (error) {
      code = String((error as NodeJS.ErrnoException).code);
    }
  }
  t.is(code, 'ENFILE');
  t.log(`${opened.length} handles`);
  t.true(opened.length > LIMIT / 2, `${opened.length}`);
  // What needs no handle that stays goes on for everybody.
  mkdirSync(join(volume.mountpoint, 'two/new'));
  rmdirSync(join(volume.mountpoint, 'two/new'));
  await must(['ls', '-lR', volume.mountpoint]);
  await must(['mv', join(volume.mountpoint, 'one/file 0'), join(volume.mountpoint, 'two/moved')]);
  t.is(readFileSync(opened[0]!, 'latin1'), 'content');
  for (const fd of opened.splice(0, 10)) closeSync(fd);
  t.is((await run(['cat', join(volume.mountpoint, 'two/moved')])).stdout, 'content');
  for (const fd of opened) closeSync(fd);
  t.notRegex(volume.log(), /Cannot serve/);
});
