import test from 'ava';
import { Rsyncd } from '../support/rsyncd.js';
import { HOST, Sshd } from '../support/sshd.js';
import { ALL_CHANGES, followChanges } from './cases.js';

for (const crawl of ['journal', 'walk'] as const) {
  test(`${crawl}: a slave that only an rsync daemon reaches follows all kinds of changes`, (t) =>
    followChanges(t, ALL_CHANGES, crawl, {
      reach: async (slave) => {
        const daemon = await Rsyncd.start(t, slave);
        return { target: daemon.target(), settings: { passwordFile: daemon.passwordFile } };
      },
    }));
}

test('so does one behind sshd without markerfs there', async (t) => {
  const sshd = await Sshd.start(t);
  sshd.allow();
  const settings = { rsyncOnly: true };
  await followChanges(t, ALL_CHANGES, 'journal', { reach: (slave) => ({ target: `${HOST}:${slave}`, settings }) });
});
