import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isMounted } from '../support/mounts.js';
import { must, run } from '../support/run.js';
import { differences } from '../support/trees.js';
import { MARKERFS, PROJECT, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

/** A real tree, large enough for a copy of it to be in its middle for a while. */
const ORIGINAL = join(PROJECT, 'node_modules');
/** So many of its folders have begun to arrive when the daemon is killed. */
const FOLDERS = 20;

function foldersIn(tree: string): number {
  try {
    return readdirSync(tree).length;
  } catch {
    return 0;
  }
}

test('SIGKILL of the daemon in the middle of cp -a loses nothing', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  const copy = join(volume.source, 'copy');
  const copying = run(['cp', '-a', ORIGINAL, join(volume.mountpoint, 'copy')]);
  await waitUntil('the copy is in its middle', () =>
    foldersIn(copy) >= FOLDERS ? undefined : `${foldersIn(copy)} folders of ${FOLDERS}`,
  );
  await volume.endDaemon('SIGKILL');
  t.not((await copying).status, 0, 'the copy was over too early');

  t.regex(await volume.mount(), /dead mount|killed/i);
  const pass = await volume.ship();
  t.is(pass.crawl, 'walk', 'the journal may lack its last moments');
  t.is(await differences(volume.source, volume.slave), '');

  await must(['cp', '-a', `${ORIGINAL}/.`, join(volume.mountpoint, 'copy')]);
  await volume.ship();
  t.is(await differences(ORIGINAL, join(volume.source, 'copy')), '');
  t.is(await differences(volume.source, volume.slave), '');
});

test('what was written before a SIGKILL and not shipped is shipped after it', async (t) => {
  const volume = await TestVolume.mounted(t);
  await must(['cp', '-a', join(ORIGINAL, 'execa'), volume.mountpoint]);
  await volume.ship();
  await must([
    'bash',
    '-c',
    'cd "$1/execa"; echo more >> readme.md; rm license; mv lib new',
    'bash',
    volume.mountpoint,
  ]);
  await volume.endDaemon('SIGKILL');
  await volume.mount();
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('what was written before a SIGKILL is shipped with nothing mounted', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  await must(['cp', '-a', join(ORIGINAL, 'execa'), volume.mountpoint]);
  await volume.endDaemon('SIGKILL');
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('a program that is killed before it reads its answer leaves the daemon as it is', async (t) => {
  const volume = await TestVolume.mounted(t);
  const ask = `import os, select, signal, socket, sys
s = socket.socket(socket.AF_UNIX)
os.chdir(sys.argv[1])
s.connect("control.sock")
s.sendall(b'{"verb":"status"}\\n')
select.select([s], [], [])
os.kill(os.getpid(), signal.SIGKILL)`;
  t.is((await run(['python3', '-c', ask, join(volume.source, '.markerfs')])).status, undefined, 'it was not killed');
  await volume.ship();
  t.deepEqual(readdirSync(volume.mountpoint), [], 'it serves');
});

/** A program with this in its environment faults at SIGUSR2, if it is the one with this name. */
function faulty(main: string): Record<string, string> {
  const fault = `import { isMainThread } from 'node:worker_threads';
    if (isMainThread && process.argv[1].endsWith('${main}'))
      process.on('SIGUSR2', () => { throw new Error('a fault of ours'); });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` };
}

/** The log's last line tells of it. */
function assertFault(t: ExecutionContext, log: string): void {
  const { level, msg, err } = JSON.parse(log.trim().split('\n').at(-1) ?? '');
  t.deepEqual([level, msg, err.message], ['fatal', 'Ending at once: a fault that nothing caught', 'a fault of ours']);
}

test('a fault that nothing in the daemon catches ends it at once', async (t) => {
  const volume = await TestVolume.create(t);
  await must([process.execPath, MARKERFS, volume.source, volume.mountpoint], { env: faulty('daemon/main.js') });
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await volume.endDaemon('SIGUSR2');
  assertFault(t, volume.log());
  t.regex(await volume.mount(), /dead mount|killed/i);
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('so it is in the foreground', async (t) => {
  const volume = await TestVolume.create(t);
  const foreground = [process.execPath, MARKERFS, '-f', volume.source, volume.mountpoint];
  const serving = run(foreground, { env: faulty('cli/main.js') });
  await waitUntil('it is mounted', () => (isMounted(volume.mountpoint) ? undefined : 'it is not'));
  await volume.endDaemon('SIGUSR2');
  const { status, stderr } = await serving;
  t.is(status, undefined, 'it ended in order');
  assertFault(t, stderr);
  t.regex(await volume.mount(), /dead mount|killed/i);
});

test('a mount right after a SIGKILL finds the dead mount, though the kernel still answers for its root', async (t) => {
  const volume = await TestVolume.mounted(t);
  // From its cache of attributes.
  await must(['stat', volume.mountpoint]);
  await volume.endDaemon('SIGKILL');
  t.regex(await volume.mount(), /dead mount|killed/i);
});
