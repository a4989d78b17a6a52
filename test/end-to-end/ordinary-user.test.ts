import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMounted } from '../support/mounts.js';
import { Rsyncd } from '../support/rsyncd.js';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { type Pass, TestVolume } from '../support/volume.js';

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

testAsRoot(
  'what an ordinary user may not look at fails alone: the rest is shipped, and nothing there is deleted',
  async (t) => {
    const volume = await TestVolume.mounted(t, NOBODY);
    const [other, temporary] = [join(volume.work, 'other'), join(volume.work, 'temporary')];
    await must(['install', '-d', '-o', String(NOBODY.uid), '-g', String(NOBODY.gid), other, temporary]);
    const daemon = await Rsyncd.start(t, other);
    const place = [daemon.target(), '--password-file', daemon.passwordFile];
    await must(['chown', String(NOBODY.uid), daemon.passwordFile]);
    const { TMPDIR } = process.env;
    process.env.TMPDIR = temporary;
    t.teardown(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    await volume.markerfs('slave', 'add', volume.source, 'far', ...place);
    const asNobody = (text: string) => script(`cd "$1"; ${text}`, [volume.mountpoint], { as: NOBODY });
    const ship = async (status: number): Promise<Pass[]> => {
      const ended = await volume.tryMarkerfs('ship', volume.source, '--json');
      t.is(ended.status, status, ended.stdout + ended.stderr);
      return ended.stdout.split('\n').map((line) => JSON.parse(line));
    };
    const failures = async () =>
      (await volume.markerfs('failures', volume.source, '--json'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    // Behind the mount, as root: somebody else's directory.
    const closed = join(volume.source, 'closed');
    await asNobody('mkdir -p closed/inner open; echo 1 > closed/inner/file; echo 1 > open/file');
    await must(['chown', '0:0', closed]);
    await must(['chmod', '0700', closed]);

    let round = 0;
    const assertPasses = async (crawl: Pass['crawl']): Promise<void> => {
      await asNobody(`echo round ${round} > open/file; rm -rf open/gone; mkdir open/gone open/${round}`);
      if (round > 0) await asNobody(`rmdir open/${round - 1}`);
      round++;
      const passes = await ship(3);
      for (const pass of passes) t.true(pass.crawl === crawl && pass.failed > 0, JSON.stringify(pass));
      for (const { path, reason } of await failures()) {
        t.regex(path, /^closed(\/|$)/);
        t.regex(reason, /permission denied/i);
      }
      for (const slave of [volume.slave, other])
        t.is(await differences(join(volume.source, 'open'), join(slave, 'open')), '', `${crawl} ${slave}`);
    };
    await assertPasses('initial');
    await assertPasses('journal');

    await must(['chown', `${NOBODY.uid}:${NOBODY.gid}`, closed]);
    await ship(0);
    for (const slave of [volume.slave, other]) t.is(await differences(volume.source, slave), '');
    t.deepEqual(await failures(), []);

    // What the slaves have of it stays while nobody may look.
    await must(['chown', '0:0', closed]);
    volume.removeJournal();
    await assertPasses('walk');
    for (const slave of [volume.slave, other]) t.is(readFileSync(join(slave, 'closed/inner/file'), 'utf8'), '1\n');
    await assertPasses('journal');
    await must(['chown', `${NOBODY.uid}:${NOBODY.gid}`, closed]);
    await ship(0);
    for (const slave of [volume.slave, other]) t.is(await differences(volume.source, slave), '');
  },
);
