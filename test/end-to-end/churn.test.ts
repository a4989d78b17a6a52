import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Result, run, type User } from '../support/run.js';
import { differences } from '../support/trees.js';
import { NOBODY, testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

const OPERATIONS = 3000;

/** Several programs that do random things in the same tree at once. The seeds are printed: the same ones give the same attempts. */
function churn(t: ExecutionContext, volume: TestVolume, operations = OPERATIONS): Promise<Result[]> {
  const seeds = [randomInt(1, 2 ** 31), randomInt(1, 2 ** 31)].map(String);
  t.log(`seeds ${seeds.join(' ')}`);
  const program = join(volume.project, 'dist/test/end-to-end/churns.js');
  const command = (seed: string) => [process.execPath, program, volume.mountpoint, seed, String(operations)];
  return Promise.all(seeds.map((seed) => run(command(seed), { as: volume.user })));
}

function allWell(t: ExecutionContext, results: readonly Result[]): void {
  for (const { status, stderr } of results) t.is(status, 0, stderr);
}

async function shipsWhileChurning(t: ExecutionContext, user?: User): Promise<void> {
  const volume = await TestVolume.mounted(t, user);
  for (let round = 0; round < 3; round++) {
    let over = false;
    const churning = churn(t, volume).finally(() => {
      over = true;
    });
    // A file that changes while it is sent may fail in this pass: the next one has it.
    while (!over) await volume.tryMarkerfs('ship', volume.source);
    allWell(t, await churning);
    t.is((await volume.ship()).crawl, 'journal');
    t.is(await differences(volume.source, volume.slave), '');
  }
}

test('whatever is done while passes run, the pass after it makes the slave equal', (t) => shipsWhileChurning(t));
testAsRoot('the same without passthrough, as an ordinary user', (t) => shipsWhileChurning(t, NOBODY));

test('whatever was done between passes, the walk makes the slave equal', async (t) => {
  const volume = await TestVolume.mounted(t);
  for (let round = 0; round < 3; round++) {
    allWell(t, await churn(t, volume));
    await volume.umount();
    volume.removeJournal();
    await volume.mount();
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '');
  }
});

test('whatever is being done when the daemon is killed, the slave becomes equal', async (t) => {
  const volume = await TestVolume.mounted(t);
  for (let round = 0; round < 3; round++) {
    // More than can be done: the mount dies under them.
    const churning = churn(t, volume, 1_000_000);
    await volume.tryMarkerfs('ship', volume.source);
    await volume.endDaemon('SIGKILL');
    allWell(t, await churning);
    await volume.mount();
    await volume.ship();
    t.is(await differences(volume.source, volume.slave), '');
  }
});
