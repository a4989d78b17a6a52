import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

/** Opens a file, says so, and writes a line to it for each that it reads. */
const WRITER = `
import os, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
print('open', flush=True)
for line in sys.stdin:
    os.write(file, line.encode())
    print('written', flush=True)`;

/** A program that writes when it is told to. */
async function startWriter(t: ExecutionContext, file: string) {
  const child = spawn('python3', ['-c', WRITER, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const write = async (line: string): Promise<void> => {
    child.stdin.write(`${line}\n`);
    await once(child.stdout, 'data');
  };
  const end = async (): Promise<void> => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { pid: child.pid!, write, end };
}

testAsRoot(
  'a program that goes on writing after the daemon was killed is named, and a rescan takes in what it wrote',
  async (t) => {
    const volume = await TestVolume.mounted(t);
    const file = join(volume.source, 'file');
    const writer = await startWriter(t, join(volume.mountpoint, 'file'));
    await writer.write('before');
    await volume.ship();
    await volume.endDaemon('SIGKILL');
    const said = await volume.mount();
    t.regex(
      said,
      new RegExp(`still open for writing.*: end pid ${writer.pid} \\(python3\\), then run: markerfs rescan`),
    );
    await volume.ship();
    await volume.ship();
    await writer.write('after');
    await writer.end();
    t.is(readFileSync(file, 'utf8'), 'before\nafter\n', 'its writes go through');
    t.is((await volume.ship()).shipped, 0, 'and nothing sees them');
    await volume.markerfs('rescan', volume.source);
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '');
  },
);

test('what a killed daemon left is removed without a word of programs that only read, or write elsewhere', async (t) => {
  const volume = await TestVolume.mounted(t);
  const elsewhere = await startWriter(t, join(volume.work, 'elsewhere'));
  await volume.endDaemon('SIGKILL');
  const { stderr } = await volume.tryMarkerfs('umount', volume.mountpoint);
  t.regex(stderr, /^markerfs: Removed the mount that a killed daemon had left at "[^\n]*$/);
  await elsewhere.end();
});

test("the daemon's log is cut when it has grown", async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.umount();
  const log = join(volume.source, '.markerfs/daemon.log');
  appendFileSync(log, `${'x'.repeat(99)}\n`.repeat(30_000));
  appendFileSync(log, 'the last line\n');
  await volume.mount();
  await waitUntil('it is short', () => (statSync(log).size < 300_000 ? undefined : `${statSync(log).size}`));
  t.regex(volume.log(), /^x{99}\n(x{99}\n)+the last line\n/);
});
