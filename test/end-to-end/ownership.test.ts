import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { script, type User } from '../support/run.js';
import { differences, statTree } from '../support/trees.js';
import { ALICE, BOB, TEAM, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

/** A bash script that somebody (root, if nobody is named) runs in the tree. */
interface Step {
  readonly as?: User;
  readonly script: string;
}

/** For scripts: fails where the command is allowed. */
const DENIED = 'denied() { if "$@" 2>/dev/null; then echo "allowed: $*" >&2; exit 1; fi; }';

async function perform(steps: readonly Step[], tree: string): Promise<void> {
  for (const step of steps) await script(`${DENIED}\ncd "$1"\n${step.script}`, [tree], { as: step.as });
}

/** Does the same in a plain directory and through the mount: owners, groups and modes must agree, times with the source's, all with the slave's. */
async function behavesLikePlainDirectory(t: ExecutionContext, steps: readonly Step[]): Promise<void> {
  const volume = await TestVolume.mounted(t);
  const plain = join(volume.work, 'plain');
  mkdirSync(plain);
  await perform(steps, plain);
  await perform(steps, volume.mountpoint);
  const ownership = '%n %F %u %g %a %s';
  t.is(await statTree(volume.mountpoint, ownership), await statTree(plain, ownership));
  const times = '%n %u %g %a %y';
  t.is(await statTree(volume.mountpoint, times), await statTree(volume.source, times));
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
}

const MAKE_ONE_OF_EACH = `
  umask 027
  mkdir "$(id -u)"
  cd "$(id -u)"
  echo data > file
  mkdir directory
  echo data > directory/file
  ln -s file symlink
  ln file link
  mkfifo fifo
  cp file executable
  chmod 4755 executable`;

testAsRoot('objects belong to who made them: root, another user, one with a umask', async (t) => {
  await behavesLikePlainDirectory(t, [
    { script: 'chmod 1777 .' },
    { script: MAKE_ONE_OF_EACH },
    { as: ALICE, script: MAKE_ONE_OF_EACH },
    { as: BOB, script: `${MAKE_ONE_OF_EACH}\numask 0\necho > open\nmkdir open-directory` },
    { as: BOB, script: `denied rm ${ALICE.uid}/file\ndenied touch 0/file\ndenied mv ${ALICE.uid} mine` },
  ]);
});

testAsRoot('supplementary groups open what belongs to the group, and setgid directories hand it on', async (t) => {
  await behavesLikePlainDirectory(t, [
    { script: `mkdir -m 2770 team\nchgrp ${TEAM} team\nchmod 2770 team\nmkdir -m 0700 closed\nmkdir -m 1777 open` },
    { as: ALICE, script: 'echo hers > team/file\nmkdir -p team/sub/sub\necho hers > team/sub/sub/file' },
    { as: ALICE, script: `echo > open/hers\nchgrp ${TEAM} open/hers\nchmod 2775 open/hers\ndenied chgrp 0 open/hers` },
    { as: ALICE, script: 'denied touch closed/file\ndenied ls closed' },
    { as: BOB, script: 'denied ls team\ndenied touch team/file\ndenied cat team/sub/sub/file' },
  ]);
});

testAsRoot('a change of owner, group or mode has the side effects that it has without the mount', async (t) => {
  await behavesLikePlainDirectory(t, [
    { script: 'echo data > file\nchmod 6755 file\nmkdir directory\nchmod 3777 directory' },
    { script: `chown ${ALICE.uid}:${TEAM} file directory` },
    { as: ALICE, script: `chmod 6711 file\necho more >> file\nchmod 2750 directory\ndenied chown ${BOB.uid} file` },
    { as: BOB, script: 'denied chmod 0777 file\ndenied touch directory/file' },
  ]);
});

testAsRoot('ACLs and xattrs reach the slave', async (t) => {
  const volume = await TestVolume.mounted(t);
  await script(
    `cd "$1"
    mkdir directory
    echo data > directory/file
    setfacl -m u:${ALICE.uid}:rw directory/file
    setfacl -d -m g:${TEAM}:rwx directory
    echo inherits > directory/second
    setfattr -n user.colour -v 0x00ff0a directory/file
    setfattr -n user.colour -v red directory`,
    [volume.mountpoint],
  );
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
  t.is(await differences(volume.mountpoint, volume.slave), '');
});
