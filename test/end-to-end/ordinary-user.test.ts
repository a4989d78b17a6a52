import { join } from 'node:path';
import { isMounted } from '../support/mounts.js';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

testAsRoot('an ordinary user mounts through fusermount3, ships and unmounts', async (t) => {
  const volume = await TestVolume.mounted(t, NOBODY);
  const asNobody = (text: string) => script(`cd "$1"; ${text}`, [volume.mountpoint], { as: NOBODY });

  await asNobody(
    'mkdir tree; echo data > tree/file; ln tree/file link; ln -s link symlink; chmod 0600 link; cp -a /etc/passwd .',
  );
  t.is((await volume.ship()).crawl, 'initial');
  t.is(await differences(volume.source, volume.slave), '');
  t.is(await must(['stat', '-c', '%u %g', join(volume.slave, 'link')]), `${NOBODY.uid} ${NOBODY.gid}`);

  await asNobody('mv tree moved; echo more >> moved/file; chmod 0500 moved');
  t.is((await volume.ship()).crawl, 'journal');
  t.is(await differences(volume.source, volume.slave), '');
  t.is((await volume.ship()).considered, 0);

  await volume.umount();
  t.false(isMounted(volume.mountpoint));
});

testAsRoot('an ordinary user changes read-only files and directories as without the mount', async (t) => {
  const volume = await TestVolume.mounted(t, NOBODY);
  const asNobody = (text: string) => script(`cd "$1"; ${text}`, [volume.mountpoint], { as: NOBODY });

  // git makes its objects read-only.
  await asNobody('(umask 222; echo data > file); mkdir folder; echo data > folder/file; chmod 0555 folder');
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');

  await asNobody(
    'touch file; mv file moved; ln moved link; chmod 0400 link; mv folder renamed; (umask 222; echo > late)',
  );
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');

  await asNobody('rm -f moved late');
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});
