import test from 'ava';
import { useFakeSsh } from '../slave/fake-ssh.js';
import { ALL_CHANGES, followChanges } from './cases.js';

useFakeSsh();

for (const crawl of ['journal', 'walk'] as const) {
  test(`${crawl}: a slave behind an agent follows all kinds of changes`, (t) =>
    followChanges(t, ALL_CHANGES, crawl, { reach: (slave) => ({ target: `host:${slave}` }) }));
}
