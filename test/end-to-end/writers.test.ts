import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Companion } from '../support/companion.js';
import { must, script, type User } from '../support/run.js';
import { differences } from '../support/trees.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

/** Debian's own: another in the path may be root's alone. */
const PYTHON = '/usr/bin/python3';

/** Opens a file once and writes each line of its input over its beginning, then at its end; answers when it is done. */
const WRITES = `
import sys
with open(sys.argv[1], 'w+b', buffering=0) as file:
    for line in sys.stdin.buffer:
        file.seek(0)
        file.write(line)
        file.seek(0, 2)
        file.write(line)
        print('done', flush=True)
`;

/** The same over the beginning alone, through a shared mapping. */
const MAPS = `
import mmap, sys
with open(sys.argv[1], 'w+b') as file:
    file.truncate(8192)
    memory = mmap.mmap(file.fileno(), 0)
for line in sys.stdin.buffer:
    memory[:len(line)] = line
    memory.flush()
    print('done', flush=True)
`;

/** A program writes before each of several barriers and never closes its file: each pass has what was written before it. */
async function keepsWriting(t: ExecutionContext, program: string, user?: User): Promise<void> {
  const volume = await TestVolume.mounted(t, user);
  const writer = new Companion(t, [PYTHON, '-c', program, join(volume.mountpoint, 'file')], { as: user });
  for (const line of ['first', 'second', 'third', 'THIRD']) {
    t.is(await writer.ask(line), 'done');
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '', line);
  }
  t.is(await writer.ask('last'), 'done');
  await writer.end();
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
}

async function keepsDatabaseOpen(t: ExecutionContext, user?: User): Promise<void> {
  const volume = await TestVolume.mounted(t, user);
  const shell = new Companion(t, ['sqlite3', join(volume.mountpoint, 'app.db')], { as: user });
  t.is(await shell.ask('PRAGMA journal_mode = WAL; CREATE TABLE rows (value);'), 'wal');
  for (const rows of ['1', '2', '3']) {
    t.is(await shell.ask(`INSERT INTO rows VALUES (${rows}); SELECT count(*) FROM rows;`), rows);
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '', rows);
  }
  await shell.end();
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
  const copy = join(volume.slave, 'app.db');
  t.is(await must(['sqlite3', copy, 'PRAGMA integrity_check; SELECT sum(value) FROM rows']), 'ok\n6');
}

test('everything that a file that is never closed has got before a barrier is shipped', (t) => keepsWriting(t, WRITES));
test('writes through a shared mapping are shipped while it lives', (t) => keepsWriting(t, MAPS));
test('SQLite in WAL mode with a connection open over barriers', (t) => keepsDatabaseOpen(t));

// An ordinary user has no passthrough: reads and writes are requests to the daemon.
testAsRoot('without passthrough: a file that is never closed', (t) => keepsWriting(t, WRITES, NOBODY));
testAsRoot('without passthrough: a shared mapping', (t) => keepsWriting(t, MAPS, NOBODY));
testAsRoot('without passthrough: SQLite in WAL mode', (t) => keepsDatabaseOpen(t, NOBODY));

test('writes between the last barrier and the close are shipped by the next pass', async (t) => {
  const volume = await TestVolume.mounted(t);
  const writer = new Companion(t, [PYTHON, '-c', WRITES, join(volume.mountpoint, 'file')]);
  await volume.ship();
  t.is(await writer.ask('after the barrier'), 'done');
  await writer.end();
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('a file that is removed or renamed while a program writes it', async (t) => {
  const volume = await TestVolume.mounted(t);
  const renamed = new Companion(t, [PYTHON, '-c', WRITES, join(volume.mountpoint, 'old')]);
  const removed = new Companion(t, [PYTHON, '-c', WRITES, join(volume.mountpoint, 'removed')]);
  t.is(await renamed.ask('one'), 'done');
  t.is(await removed.ask('one'), 'done');
  await volume.ship();
  await script('cd "$1"; mv old new; rm removed', [volume.mountpoint]);
  for (const line of ['two', 'three']) {
    t.is(await renamed.ask(line), 'done');
    t.is(await removed.ask(line), 'done');
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '', line);
  }
});
