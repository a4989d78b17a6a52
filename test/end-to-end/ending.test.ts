import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Companion } from '../support/companion.js';
import { isMounted } from '../support/mounts.js';
import { waitForEnd } from '../support/processes.js';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

/** Ends a mount after a change; the next mount has to find everything in order: nothing to clean up, and the journal whole. */
function endsCleanly(end: (volume: TestVolume) => Promise<unknown>) {
  return async (t: ExecutionContext): Promise<void> => {
    const volume = await TestVolume.mounted(t);
    await volume.ship();
    await script('echo data > "$1/file"; mkdir "$1/folder"', [volume.mountpoint]);
    const pid = volume.daemonPid();
    await end(volume);
    await waitForEnd(pid);
    t.false(isMounted(volume.mountpoint));
    t.notRegex(await volume.mount(), /dead mount|killed/i);
    t.is(await must(['cat', join(volume.mountpoint, 'file')]), 'data');
    t.is((await volume.ship()).crawl, 'journal');
    t.is(await differences(volume.source, volume.slave), '');
  };
}

test(
  'SIGTERM ends the daemon cleanly',
  endsCleanly((volume) => volume.endDaemon('SIGTERM')),
);
test(
  'SIGINT ends the daemon cleanly',
  endsCleanly((volume) => volume.endDaemon('SIGINT')),
);
test(
  'markerfs umount ends the daemon cleanly',
  endsCleanly((volume) => volume.umount()),
);
testAsRoot(
  'umount(8) ends the daemon cleanly',
  endsCleanly((volume) => must(['umount', volume.mountpoint])),
);
test(
  'fusermount3 -u ends the daemon cleanly',
  endsCleanly((volume) => must(['fusermount3', '-u', volume.mountpoint])),
);

test('a mount in use stays mounted, and the program says so', async (t) => {
  const volume = await TestVolume.mounted(t);
  const user = new Companion(t, ['cat'], { cwd: volume.mountpoint });
  await user.ask('is it there?');
  const { status, stderr } = await volume.tryMarkerfs('umount', volume.mountpoint);
  t.is(status, 1);
  t.regex(stderr, /Cannot unmount .*in use/);
  t.true(isMounted(volume.mountpoint));
  await script('echo data > "$1/file"', [volume.mountpoint]);
  await user.end();
  await volume.umount();
  t.is(await must(['cat', join(volume.source, 'file')]), 'data');
});
