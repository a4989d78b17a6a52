import { join } from 'node:path';
import { setAttributeSync } from 'fs-xattr';
import { Operation } from '../../src/journal/record.js';
import { mountDisk, unmountDisk } from '../support/disks.js';
import { must } from '../support/run.js';
import { testAsRoot } from '../support/users.js';
import { World } from './world.js';

testAsRoot('a slave on xfs keeps its ACLs, which xfs shows under a second name', async (t) => {
  const world = await World.create(t, {
    reach: async (slave) => {
      await mountDisk(slave, { type: 'xfs', mib: 300 });
      t.teardown(() => unmountDisk(slave));
      return { target: slave };
    },
  });
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
