import { join } from 'node:path';
import { setAttributeSync } from 'fs-xattr';
import { Operation } from '../../src/journal/record.js';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { mountDisk, unmountDisk } from '../support/disks.js';
import { must } from '../support/run.js';
import { testAsRoot } from '../support/users.js';
import { REACHES } from './reaches.js';
import { type Reached, World } from './world.js';

useFakeSsh();

for (const [kind, reachBy] of Object.entries(REACHES)) {
  testAsRoot(`${kind} keeps on xfs its ACLs, which xfs shows under a second name`, async (t) => {
    const reach = async (slave: string): Promise<Reached> => {
      await mountDisk(slave, { type: 'xfs', mib: 300 });
      t.teardown(() => unmountDisk(slave));
      return reachBy(t, slave);
    };
    const world = await World.create(t, { reach });
    const acls = () => must(['getfacl', '-nR', '--absolute-names', '.'], { cwd: world.slave });
    world.write('file', 'content');
    await must(['setfacl', '-m', 'u:2:rw', join(world.volume.source, 'file')]);
    await world.pass();
    t.regex(await acls(), /^user:2:rw-$/m);
    world.change('file', Operation.meta, (full) => setAttributeSync(String(full), 'user.note', Buffer.from('x')));
    await world.pass();
    t.regex(await acls(), /^user:2:rw-$/m);
    t.is(await world.differences(), '');
  });
}
