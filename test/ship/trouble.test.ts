import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Operation } from '../../src/journal/record.js';
import { ship } from '../../src/ship/ship.js';
import { verify } from '../../src/ship/verify/verify.js';
import { addSlave, pauseSlave } from '../../src/slave/registry.js';
import { lock } from '../../src/volume/lock.js';
import { must, run } from '../support/run.js';
import { differences } from '../support/trees.js';
import { waitUntil } from '../support/wait.js';
import { rsyncWrapper } from './rsync-wrapper.js';
import { World } from './world.js';

const slaveOf = (world: World) => world.state.slaves.need('copy');

for (const crawl of ['journal', 'walk'] as const) {
  test(`${crawl}: a path that fails holds the sync point, others arrive, and the pass after the cure brings it`, async (t) => {
    const world = await World.create(t);
    world.mkdir('d');
    for (const name of ['d/stuck', 'd/free', 'd/doomed']) world.write(name, 'old');
    const { syncPoint } = await world.pass();
    const stuck = ['stuck', 'doomed'].map((name) => world.inSlave(`d/${name}`).toString());
    await must(['chattr', '+i', ...stuck]);
    t.teardown(() => run(['chattr', '-R', '-f', '-i', world.slave]));
    for (const name of ['d/stuck', 'd/free', 'd/new']) world.write(name, 'new');
    world.unlink('d/doomed');
    if (crawl === 'walk') world.loseJournal();

    const partly = await world.tryPass();
    t.like(partly, { crawl, failed: 2, syncPoint });
    t.is(fs.readFileSync(world.inSlave('d/free'), 'utf8'), 'new');
    t.is(fs.readFileSync(world.inSlave('d/new'), 'utf8'), 'new');
    t.is(fs.readFileSync(world.inSlave('d/stuck'), 'utf8'), 'old');
    t.like(slaveOf(world), { stimeUs: syncPoint, state: 'active' });
    const waiting = world.state.pending.of('copy');
    t.deepEqual(
      waiting.map(({ path, kind, attempts }) => `${path} ${kind} ${attempts}`),
      ['d/doomed failed 1', 'd/stuck failed 1'],
    );
    t.true(
      waiting.every(({ reason }) => /not permitted/i.test(reason)),
      JSON.stringify(waiting),
    );

    const again = await world.tryPass();
    t.like(again, { crawl: 'journal', failed: 2, syncPoint });
    t.is(world.state.pending.of('copy')[0]?.attempts, 2);
    // The slave's file cannot be renamed either: it is shipped anew, and its old name stays for the time being.
    world.rename('d/stuck', 'd/renamed');
    t.like(await world.tryPass(), { failed: 2, renamed: 0 });
    t.is(fs.readFileSync(world.inSlave('d/renamed'), 'utf8'), 'new');

    await must(['chattr', '-i', ...stuck]);
    const cured = await world.pass();
    t.true(cured.syncPoint! > syncPoint!);
    t.is(await world.differences(), '');
    t.deepEqual(world.state.pending.of('copy'), []);
  });
}

test('where the slave is full, deletes still go: they may be what makes room', async (t) => {
  const world = await World.create(t);
  world.write('big', Buffer.alloc(3 << 20, 1));
  await world.pass();
  world.unlink('big');
  world.write('other', 'x');
  const full = rsyncWrapper(
    world,
    'echo "rsync: [receiver] write failed on \\"x\\": No space left on device (28)" >&2; exit 11',
  );
  const result = await world.tryPass({ rsync: full });
  t.regex(result.error ?? '', /No space left on device/);
  t.false(fs.existsSync(world.inSlave('big')));
  t.like(slaveOf(world), { state: 'faulty' });
  await world.pass();
  t.is(await world.differences(), '');
  t.like(slaveOf(world), { state: 'active', reason: null });
});

test('rsync that reports success and sends nothing is not believed', async (t) => {
  const world = await World.create(t);
  world.write('file', 'content');
  const result = await world.tryPass({ rsync: rsyncWrapper(world, 'cat > /dev/null; exit 0') });
  t.like(result, { failed: 1, syncPoint: null });
  t.regex(world.state.pending.of('copy')[0]!.reason, /sent 0 of 1 files/);
  await world.pass();
  t.is(await world.differences(), '');
});

test('an rsync that does nothing is ended with all that it started, and the next pass goes on', async (t) => {
  const world = await World.create(t);
  world.state.slaves.setSettings('copy', { timeoutMs: 300 });
  world.write('file', 'content');
  // A shell that waits for its child dies of SIGTERM alone; the child keeps the pipes open.
  const stuck = rsyncWrapper(world, `echo $$ > '${world.slave}.pid'; sleep 1000`);
  const { error } = await world.tryPass({ rsync: stuck });
  t.is(error, 'Cannot finish the pass: rsync did nothing for 300ms');
  t.like(slaveOf(world), { state: 'faulty', reason: error });
  t.false(fs.existsSync(`/proc/${fs.readFileSync(`${world.slave}.pid`, 'utf8').trim()}`));
  await world.pass();
  t.is(await world.differences(), '');
});

test('lists are sent at once, as many as the slave is set to', async (t) => {
  const world = await World.create(t);
  world.state.slaves.setSettings('copy', { jobs: 2, bwlimitKiB: 1001, compress: true });
  for (const name of ['old', 'written']) world.write(name, name);
  await world.pass();
  world.write('written', 'anew');
  world.change('old', Operation.meta, (full) => fs.chmodSync(full, 0o600));
  const runs = path.join(path.dirname(world.slave), 'runs');
  fs.mkdirSync(runs);
  // Each waits for the other; a pass with one at a time would wait until this gives up.
  const meeting = rsyncWrapper(
    world,
    `echo "$@" > '${runs}'/$$
     if [[ $* == *--files-from* ]]; then
       for ((n = 0; n < 200; n++)); do (($(ls '${runs}' | wc -l) < 2)) || break; sleep 0.05; done
       ((n < 200)) || exit 5
     fi
     exec rsync "$@"`,
  );
  await world.pass({ rsync: meeting });
  t.is(await world.differences(), '');
  const told = fs.readdirSync(runs).map((run) => fs.readFileSync(path.join(runs, run), 'utf8'));
  t.true(
    told.length >= 2 && told.every((args) => args.includes('--bwlimit=500 ') && args.includes('--compress ')),
    told.join(),
  );
});

test('a file that vanishes before rsync reads it costs nothing but itself', async (t) => {
  const world = await World.create(t);
  await world.pass();
  for (const name of ['stays', 'vanishes']) world.write(name, name);
  const vanishing = rsyncWrapper(world, `rm -f '${world.inSource('vanishes')}'; exec rsync "$@"`);
  const result = await world.pass({ rsync: vanishing });
  t.is(result.failed, 0);
  t.is(fs.readFileSync(world.inSlave('stays'), 'utf8'), 'stays');
  t.deepEqual(world.state.pending.of('copy'), []);
  t.is(await world.differences(), '');
});

for (const step of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
  test(`a pass that is killed in its moves, at step ${step}, is completed by the next one, also when more was renamed meanwhile`, async (t) => {
    const world = await World.create(t);
    for (const name of ['a', 'b', 'c']) world.mkdir(name);
    for (const name of ['a/1', 'b/2', 'c/3']) world.write(name, name, '1000000000.1');
    await world.pass();
    world.exchange('a', 'b');
    world.rename('c', 'a/c');
    world.mkdir('c');
    world.write('c/new', 'new');
    const { status, stderr } = await run([process.execPath, '--input-type=module', '--eval', killedAt(step, world)]);
    t.is(status, undefined, `the process was killed: ${stderr}`);
    world.rename('a/c/3', 'c/3');
    world.rename('a', 'z');
    world.write('b/1', 'x/1', '1000000000.1');
    await world.pass();
    t.is(await world.differences(), '');
    t.deepEqual(fs.readdirSync(`${world.slave}/.markerfs-slave/moving`), []);
    t.false(fs.existsSync(`${world.slave}/.markerfs-slave/moves.json`));
  });
}

for (const step of [2, 3, 4, 5, 6, 7, 8, 9, 10]) {
  test(`what other patterns exclude stays on the slave, whatever a pass that was killed at step ${step} was moving`, async (t) => {
    const world = await World.create(t);
    for (const name of ['a', 'b', 'c', 'd']) world.mkdir(name);
    for (const name of ['a/1', 'a/log', 'b/2', 'b/log', 'c/3', 'd/log']) world.write(name, name);
    await world.pass();
    world.exchange('a', 'b');
    world.remove('d');
    world.rename('c', 'd');
    const { status, stderr } = await run([process.execPath, '--input-type=module', '--eval', killedAt(step, world)]);
    t.is(status, undefined, `the process was killed: ${stderr}`);
    const logs = (): string[] =>
      ['a', 'b', 'd'].flatMap((name) => {
        const log = world.inSlave(`${name}/log`);
        return fs.existsSync(log) ? [fs.readFileSync(log, 'utf8')] : [];
      });
    const away = fs.readdirSync(`${world.slave}/.markerfs-slave/moving`);
    const inMoving = away.map((id) => `${world.slave}/.markerfs-slave/moving/${id}/log`).filter(fs.existsSync);
    const before = [...logs(), ...inMoving.map((log) => fs.readFileSync(log, 'utf8'))].sort();
    world.state.slaves.setSettings('copy', { exclude: ['log'] });
    await world.pass();
    t.deepEqual(logs().sort(), before);
    t.true(before.length >= 2);
    const { differences } = await verify(world.volume, world.state, 'copy');
    t.deepEqual(differences, []);
  });
}

/** A program that runs a pass and is killed before its nth step on the slave: manifest, 3 times away, manifest, 3 times back, manifest … */
function killedAt(step: number, world: World): string {
  const at = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href);
  return `
    import { LocalSlave } from ${at('slave/local/local.js')};
    import { openVolume } from ${at('volume/volume.js')};
    import { ship } from ${at('ship/ship.js')};
    let steps = 0;
    for (const name of ['writeManifest', 'takeAway', 'putBack', 'dropAway', 'flush']) {
      const real = LocalSlave.prototype[name];
      LocalSlave.prototype[name] = function (...args) {
        if (name !== 'flush' && ++steps === ${step}) process.kill(process.pid, 'SIGKILL');
        return real.apply(this, args);
      };
    }
    await ship(openVolume('${world.volume.source}'));`;
}

test('a slave that was replaced is refused and not touched', async (t) => {
  const world = await World.create(t);
  world.write('file', 'x');
  const { syncPoint } = await world.pass();
  fs.renameSync(world.slave, `${world.slave}.aside`);
  t.regex((await world.tryPass()).error ?? '', /does not exist/);
  fs.mkdirSync(world.slave);
  const result = await world.tryPass();
  t.regex(result.error ?? '', /holds no copy of this volume/);
  t.is(result.syncPoint, syncPoint);
  t.deepEqual(fs.readdirSync(world.slave), []);
  t.like(slaveOf(world), { state: 'faulty', stimeUs: syncPoint });
  const other = await World.create(t);
  fs.cpSync(`${other.slave}/.markerfs-slave`, `${world.slave}/.markerfs-slave`, { recursive: true });
  t.regex((await world.tryPass()).error ?? '', /copy of another volume/);
});

test('a source that was unmounted is not taken for an empty one', async (t) => {
  const world = await World.create(t);
  world.write('file', 'x');
  await world.pass();
  fs.renameSync(world.volume.source, `${world.volume.source}.aside`);
  fs.mkdirSync(world.volume.source);
  t.truthy((await ship(world.volume).catch((error: Error) => [{ error: error.message }]))[0]?.error);
  t.is(fs.readFileSync(world.inSlave('file'), 'utf8'), 'x');
});

test('rsync that is not installed is an error before anything begins', async (t) => {
  const world = await World.create(t);
  await t.throwsAsync(world.tryPass({ rsync: 'no-such-rsync' }), {
    message: /"no-such-rsync" is not installed; install it/,
  });
});

test('an adopted slave becomes equal, with its own links cut where the source has none', async (t) => {
  const world = await World.create(t, {
    adopt: true,
    fill: (source, slave) => {
      for (const name of ['same', 'same2']) fs.writeFileSync(path.join(source, name), 'same');
      fs.writeFileSync(path.join(slave, 'same'), 'same');
      fs.linkSync(path.join(slave, 'same'), path.join(slave, 'same2'));
      fs.mkdirSync(path.join(slave, 'extra/deep'), { recursive: true });
      fs.writeFileSync(path.join(slave, 'extra/deep/file'), 'x');
    },
  });
  t.is((await world.pass()).deleted, 1);
  t.is(await world.differences(), '');
  t.is(fs.lstatSync(world.inSlave('same')).nlink, 1);
});

test('an initial crawl that was interrupted goes on where it was', async (t) => {
  const world = await World.create(t);
  for (let index = 0; index < 50; index++) world.write(`file${index}`, `content ${index}`);
  const half = rsyncWrapper(world, 'rsync "$@" --max-size=10; exit 30');
  t.regex((await world.tryPass({ rsync: half })).error ?? '', /status 30/);
  world.write('file7', 'changed  ');
  t.is((await world.pass()).crawl, 'initial');
  t.is(await world.differences(), '');
});

test('each slave has its own pass: one that fails disturbs no other, a paused one rests', async (t) => {
  const world = await World.create(t);
  const second = `${world.slave}2`;
  const third = `${world.slave}3`;
  for (const directory of [second, third]) fs.mkdirSync(directory);
  await addSlave(world.volume, world.state, 'second', second);
  await addSlave(world.volume, world.state, 'third', third);
  pauseSlave(world.state, 'third');
  world.write('file', 'x');
  fs.rmSync(`${world.slave}/.markerfs-slave`, { recursive: true });
  const results = await ship(world.volume);
  t.deepEqual(
    results.map(({ slave, error }) => [slave, error === undefined]),
    [
      ['copy', false],
      ['second', true],
    ],
  );
  t.is(await differences(world.volume.source, second), '');
  t.deepEqual(fs.readdirSync(third), ['.markerfs-slave']);
});

test('a slave that is being shipped is left to the one who does', async (t) => {
  const world = await World.create(t);
  const held = lock(world.volume, 'ship-copy');
  t.regex((await world.tryPass()).error ?? '', /is being shipped/);
  t.is(slaveOf(world).state, 'initializing');
  held.release();
  await world.pass();
});

test('after a daemon that did not end in order, the marks are walked', async (t) => {
  const world = await World.create(t);
  world.write('file', 'x');
  await world.pass();
  world.state.sessions.begin({ pid: 1, mountpoint: '/nowhere', engine: 'markerfs', startedUs: 1 });
  world.write('file', 'y');
  t.is((await world.pass()).crawl, 'walk');
  t.is(await world.differences(), '');
});

test('a crash between mkdir and its mark: the walk makes the slave empty the directory of that name from before', async (t) => {
  const world = await World.create(t);
  world.mkdir('d');
  world.write('d/old', 'x');
  await world.pass();
  world.remove('d');
  fs.mkdirSync(world.inSource('d'));
  fs.writeFileSync(world.inSource('made'), '');
  world.loseJournal();
  t.is((await world.pass()).crawl, 'walk');
  t.is(await world.differences(), '');
});

test('an interval: pass after pass until the signal, which ends it between steps', async (t) => {
  const world = await World.create(t);
  const stop = new AbortController();
  const passes: string[] = [];
  const shipping = ship(world.volume, {
    intervalMs: 5,
    signal: stop.signal,
    onPass: ({ crawl }) => passes.push(crawl),
  });
  await waitUntil('two passes are done', () => (passes.length >= 2 ? undefined : `${passes.length} passes`));
  stop.abort();
  const [last] = await shipping;
  t.is(last?.error, undefined);
  t.deepEqual(passes.slice(0, 2), ['initial', 'journal']);
});

test('a signal ends rsync, and the pass does not count', async (t) => {
  const world = await World.create(t);
  world.write('file', 'x');
  const stop = new AbortController();
  const started = path.join(path.dirname(world.slave), 'started');
  const slow = rsyncWrapper(world, `touch '${started}'; exec sleep 600`);
  const shipping = world.tryPass({ rsync: slow, signal: stop.signal });
  await waitUntil('rsync runs', () => (fs.existsSync(started) ? undefined : 'not started'));
  stop.abort();
  const result = await shipping;
  t.regex(result.error ?? '', /interrupted/);
  t.like(slaveOf(world), { stimeUs: 0, state: 'initializing' });
  await world.pass();
  t.is(await world.differences(), '');
});

test('a pass with nothing to do starts no rsync', async (t) => {
  const world = await World.create(t);
  world.write('file', 'x');
  await world.pass();
  const never = rsyncWrapper(world, 'exit 1');
  t.like(await world.pass({ rsync: never }), { crawl: 'journal', considered: 0, shipped: 0, deleted: 0 });
});
