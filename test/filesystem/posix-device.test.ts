import test, { type TestFn } from 'ava';
import { hasRings, usesRings, withoutRings } from '../support/rings.js';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';
import { waitUntil } from '../support/wait.js';
import { anybody, privileged, runIn } from './posix/suite.js';

/** Where requests come over io_uring otherwise, the other way to get them is tested here: from the device. */
let served: Served;

test.before(async () => {
  served = await withoutRings(() => Served.start());
});

test.after.always('the daemon ends in order, and found no fault in itself', async (t) => {
  t.is(await served.stop(), 0, served.log);
  t.notRegex(served.log, /Cannot serve|Worker/);
});

runIn(test, 'requests from the device', () => served.mountpoint, anybody);
runIn(testAsRoot as TestFn, 'requests from the device', () => served.mountpoint, privileged);

(hasRings() ? test : test.skip)('requests come over io_uring where the kernel offers it', async (t) => {
  t.false(usesRings(served.pid));
  const other = await Served.start();
  t.teardown(() => other.stop());
  await waitUntil('there is an io_uring', () => (usesRings(other.pid) ? undefined : 'none'));
});
