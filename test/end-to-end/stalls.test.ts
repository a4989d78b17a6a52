import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { workerCount } from '../../src/daemon/wiring.js';
import { Talker } from '../support/lines.js';
import { run, script } from '../support/run.js';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';

const STALLING = new URL('../support/stalling.js', import.meta.url);

/** A mount whose source does not answer what is asked of files named slow…. */
async function serveStalling(t: ExecutionContext): Promise<{ served: Served; below: Talker }> {
  let below: Talker | undefined;
  const served = await Served.start(async ({ work, source }) => {
    mkdirSync(join(work, 'disk'));
    below = new Talker(t, STALLING, join(work, 'disk'), source);
    t.is(await below.line(), 'ready');
  });
  t.teardown(async () => {
    await release(served);
    await served.stop();
  });
  return { served, below: below! };
}

/** Lets everything that is stalled go on. */
function release({ source }: Served): Promise<unknown> {
  return run(['stat', join(source, 'release')]);
}

/** Everything that a program does every day, in a folder; its end has to come. */
const DAILY = `
cd "$1"
mkdir daily
echo content >daily/file
sync daily/file
cat daily/file
mv daily/file daily/moved
ln daily/moved daily/other
stat daily/other
ls -l daily . >/dev/null
rm -r daily`;

function everyday(served: Served): Promise<string> {
  return script(`timeout 30 bash -euc '${DAILY}' bash "$1"`, [served.mountpoint]);
}

/** Starts commands whose requests hang, and waits until they do. Resolves to the commands' ends, which come after a release. */
async function hang(served: Served, below: Talker, commands: readonly (readonly string[])[]) {
  const ended = Promise.all(commands.map((command) => run(command, { cwd: served.mountpoint })));
  for (const _ of commands) {
    const line = await below.line();
    if (line !== 'stalled') throw new Error(line);
  }
  return { ended };
}

/** While these commands hang, others go on; once they go on, they end well. */
async function delaysNobody(t: ExecutionContext, commands: readonly (readonly string[])[]): Promise<void> {
  const { served, below } = await serveStalling(t);
  for (let folder = 0; folder < commands.length; folder++) {
    mkdirSync(join(served.mountpoint, `apart${folder}`));
    writeFileSync(join(served.mountpoint, `apart${folder}/slow`), 'content');
  }
  const { ended } = await hang(served, below, commands);
  await everyday(served);
  t.is(statSync(join(served.mountpoint, 'apart0/slow')).size, 7);
  await release(served);
  t.deepEqual(
    await ended.then((ends) => ends.map(({ status, stderr }) => [status, stderr])),
    commands.map(() => [0, '']),
  );
}

const several = (count: number, command: (folder: string) => string[]) =>
  Array.from({ length: count }, (_, folder) => command(`apart${folder}`));

testAsRoot('an fsync that hangs delays nobody else', (t) => delaysNobody(t, [['sync', 'apart0/slow']]));
testAsRoot('an unlink that hangs delays nobody else', (t) => delaysNobody(t, [['rm', 'apart0/slow']]));

testAsRoot('more requests that hang than there are threads delay nobody else', (t) =>
  delaysNobody(
    t,
    several(3 * workerCount, (folder) => ['sync', `${folder}/slow`]),
  ),
);
