import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Talker } from '../support/lines.js';
import { isMounted } from '../support/mounts.js';
import { run } from '../support/run.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

/** The keys of an object, in order, and those of the objects in it. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inner === null ? 'null' : shape(inner)]));
}

const PASS = {
  slave: 'string',
  crawl: 'string',
  considered: 'number',
  unchanged: 'number',
  shipped: 'number',
  renamed: 'number',
  deleted: 'number',
  failed: 'number',
  waiting: 'number',
  bytes: 'number',
  wireBytes: 'number',
  seconds: 'number',
  phases: { begin: 'number', moves: 'number', transfer: 'number', deletes: 'number', flush: 'number' },
  syncPoint: 'number',
};

/** The shape of a mounted volume's status before the first pass. */
const FRESH = {
  volume: {
    uuid: 'string',
    source: 'string',
    mountpoint: 'string',
    state: 'string',
    reason: 'null',
    pid: 'number',
    engine: 'string',
    passthrough: 'boolean',
    epoch: 'number',
    operations: 'number',
    journal: { records: 'number', head: 'number', bytes: 'number', whole: 'boolean' },
    recovery: 'null',
    checkpoint: 'null',
  },
  slaves: [
    {
      name: 'string',
      target: 'string',
      state: 'string',
      reason: 'null',
      crawl: 'string',
      syncPoint: 'null',
      lagSeconds: 'null',
      pending: 'null',
      failures: 'number',
      waiting: 'number',
      keepsDeleted: 'boolean',
      lastPass: 'null',
      behind: { objects: 'number', bytes: 'number', complete: 'boolean' },
      passes: [],
      running: 'null',
      failed: [],
    },
  ],
};

test('ship --json prints one object a line and slave', async (t) => {
  const volume = await TestVolume.mounted(t);
  const other = join(volume.work, 'other');
  mkdirSync(other);
  await volume.markerfs('slave', 'add', volume.mountpoint, 'other', other);
  writeFileSync(join(volume.source, 'before'), 'x');
  const passes = (await volume.markerfs('ship', volume.mountpoint, '--json'))
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(passes.map(shape), [PASS, PASS]);
  t.deepEqual(passes.map(({ slave }) => slave).sort(), ['copy', 'other']);
  const [one] = (await volume.markerfs('ship', volume.source, '--json', '--slave', 'other'))
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(one, { slave: 'other', crawl: 'journal' });
});

test('status --json has the documented shape, before and after the first pass, mounted or not', async (t) => {
  const volume = await TestVolume.mounted(t);
  const status = async () => JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  const fresh = await status();
  t.deepEqual(shape(fresh), FRESH);
  t.like(fresh.volume, {
    source: volume.source,
    mountpoint: volume.mountpoint,
    state: 'active',
    pid: volume.daemonPid(),
  });
  t.like(fresh.slaves[0], { name: 'copy', target: volume.slave, state: 'initializing', crawl: 'initial' });
  writeFileSync(join(volume.mountpoint, 'file'), '');
  await volume.ship();
  const shipped = await status();
  t.deepEqual(shape(shipped.slaves[0].lastPass), { ...PASS, startedUs: 'number' });
  t.deepEqual(shape(shipped.slaves[0].passes), [{ ...PASS, startedUs: 'number' }]);
  t.like(shipped.slaves[0], { state: 'active', pending: 0, lagSeconds: 0, failures: 0 });
  t.true(shipped.volume.journal.whole);
  await volume.umount();
  const stopped = await status();
  t.like(stopped.volume, {
    state: 'stopped',
    mountpoint: null,
    pid: null,
    engine: null,
    passthrough: null,
    epoch: null,
  });
  volume.removeJournal();
  const walking = await status();
  t.deepEqual(walking.volume.journal, { records: 0, head: 0, bytes: 0, whole: false });
  t.is(walking.slaves[0].pending, null);
  t.true(walking.slaves[0].lagSeconds > 0);
});

test('status tells what waits, and of a daemon that is gone', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  mkdirSync(join(volume.mountpoint, 'one'));
  mkdirSync(join(volume.mountpoint, 'two'));
  const journal = new Talker(t, MARKERFS, 'journal', volume.source, '--follow', '--json');
  for (const path of ['one', 'two']) t.is(JSON.parse(await journal.line()).path, path);
  const found = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.is(found.slaves[0].pending, 2);
  t.true(found.slaves[0].lagSeconds > 0);
  await volume.endDaemon('SIGKILL');
  const { volume: dead } = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.like(dead, { state: 'faulty', mountpoint: volume.mountpoint, pid: null });
  t.regex(await volume.markerfs('status', volume.source), /^state +faulty: the daemon is gone; mount again/m);
});

test('journal prints records for people and for programs', async (t) => {
  const volume = await TestVolume.mounted(t);
  const strange = Buffer.concat([Buffer.from(`${volume.mountpoint}/`), Buffer.from([0xff, 0x0a])]);
  mkdirSync(join(volume.mountpoint, 'plain'));
  mkdirSync(strange);
  renameSync(join(volume.mountpoint, 'plain'), join(volume.mountpoint, 'grün'));
  await volume.umount();
  const lines = Buffer.from(await volume.markerfs('journal', volume.source), 'latin1')
    .toString()
    .split('\n');
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z`;
  t.regex(lines[0]!, new RegExp(`^1  ${time}  mkdir     plain$`));
  t.regex(lines[1]!, new RegExp(String.raw`^2  ${time}  mkdir     \\xff\\x0a$`));
  t.regex(lines[2]!, new RegExp(`^3  ${time}  rename    plain -> grün$`));
  t.is(lines.length, 3);
  const json = Buffer.from(
    await volume.markerfs('journal', volume.source, '--since', '1', '--json'),
    'latin1',
  ).toString();
  const [second, third] = json.split('\n').map((line) => JSON.parse(line));
  t.deepEqual(Object.keys(second), [
    'sequence',
    'timeUs',
    'epoch',
    'operation',
    'dev',
    'ino',
    'path',
    'pathBase64',
    'path2',
  ]);
  t.like(second, { sequence: 2, operation: 'mkdir', path: '\ufffd\n', pathBase64: '/wo=', path2: null });
  t.like(third, { sequence: 3, operation: 'rename', path: 'plain', path2: 'grün' });
  t.regex(third.ino, /^\d+$/);
});

test('journal --follow prints what comes, until it is told to end', async (t) => {
  const volume = await TestVolume.mounted(t);
  mkdirSync(join(volume.mountpoint, 'first'));
  const journal = new Talker(t, MARKERFS, 'journal', volume.source, '--follow', '--json');
  t.is(JSON.parse(await journal.line()).path, 'first');
  mkdirSync(join(volume.mountpoint, 'second'));
  t.is(JSON.parse(await journal.line()).path, 'second');
  t.is(await journal.end('SIGTERM'), 0);
});

test('a journal that is missing fails with its reason', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.umount();
  volume.removeJournal();
  const { status, stderr } = await volume.tryMarkerfs('journal', volume.source);
  t.is(status, 1);
  t.is(
    stderr,
    `markerfs: Cannot read journal "${volume.source}/.markerfs/journal.db": it does not exist; the next mount makes it`,
  );
});

test('a reader that has enough ends the journal without an error', async (t) => {
  const volume = await TestVolume.mounted(t);
  for (let n = 0; n < 300; n++) mkdirSync(join(volume.mountpoint, `directory-${n}`));
  await volume.umount();
  const command = `set -o pipefail; '${process.execPath}' '${MARKERFS}' journal '${volume.source}' | head -n 1`;
  const { status, stdout, stderr } = await run(['bash', '-c', command]);
  t.deepEqual([status, stderr], [0, '']);
  t.is(stdout.split('\n').length, 1);
});

test('output that cannot be written is a failure, and says so', async (t) => {
  for (const verb of ['man', '--help', 'completion bash']) {
    const { status, stderr } = await run(['bash', '-c', `'${process.execPath}' '${MARKERFS}' ${verb} >/dev/full`]);
    t.is(status, 1, verb);
    t.is(stderr, 'markerfs: Cannot write to standard output: no space left on the device; make room there', verb);
  }
});

test('an rsync that is killed is told of in the status, path by path', async (t) => {
  const volume = await TestVolume.mounted(t);
  // A first copy needs no rsync for a small file.
  await volume.ship();
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  const rsync = join(volume.work, 'rsync');
  writeFileSync(rsync, '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
  const env = { PATH: `${volume.work}:${process.env.PATH}` };
  t.is((await run([process.execPath, MARKERFS, 'ship', volume.source], { env })).status, 3);
  const told = await volume.markerfs('status', volume.source);
  t.regex(told, /^file +copy +1 +in \d+ s +rsync was ended by SIGKILL$/m);
  const { slaves } = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  t.true(slaves[0].failed.some((one: object) => 'reason' in one && one.reason === 'rsync was ended by SIGKILL'));
});

test('ship --interval goes on until it is told to end', async (t) => {
  const volume = await TestVolume.mounted(t);
  const shipper = new Talker(t, MARKERFS, 'ship', volume.source, '--interval', '20ms', '--json');
  t.is(JSON.parse(await shipper.line()).crawl, 'initial');
  mkdirSync(join(volume.mountpoint, 'later'));
  await waitUntil('it is on the slave', () => (existsSync(join(volume.slave, 'later')) ? undefined : 'it is not'));
  t.is(await shipper.end('SIGTERM'), 0);
});

test('a paused slave gets nothing until it is resumed', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.markerfs('slave', 'pause', volume.source, 'copy');
  mkdirSync(join(volume.mountpoint, 'directory'));
  const { status, stderr } = await volume.tryMarkerfs('ship', volume.source);
  t.is(status, 0);
  t.is(stderr, `markerfs: Nothing to ship: volume "${volume.source}" has no slaves that are not paused`);
  t.regex(await volume.markerfs('slave', 'list', volume.source), /^copy +paused /m);
  await volume.markerfs('slave', 'resume', volume.source, 'copy');
  await volume.ship();
  t.true(existsSync(join(volume.slave, 'directory')));
});

test('a removed slave is forgotten', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.markerfs('slave', 'remove', volume.source, 'copy');
  t.is(await volume.markerfs('slave', 'list', volume.source, '--json'), '');
});

test('-f stays in the foreground until SIGTERM, which unmounts', async (t) => {
  const volume = await TestVolume.create(t);
  const daemon = new Talker(t, MARKERFS, volume.source, volume.mountpoint, '-f');
  t.is(await daemon.line(), `Mounted "${volume.source}" on "${volume.mountpoint}"`);
  t.is(volume.daemonPid(), daemon.pid);
  t.true(isMounted(volume.mountpoint));
  t.is(await daemon.end('SIGTERM'), 0);
  t.false(isMounted(volume.mountpoint));
});

test('a state folder elsewhere serves every verb', async (t) => {
  const volume = await TestVolume.create(t);
  const options = ['--state-dir', join(volume.work, 'state')];
  await volume.markerfs(volume.source, volume.mountpoint, ...options);
  t.teardown(() => volume.tryMarkerfs('umount', volume.mountpoint, ...options));
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave, ...options);
  writeFileSync(join(volume.source, 'file'), 'content');
  await volume.markerfs('ship', volume.mountpoint, ...options);
  t.is(readFileSync(join(volume.slave, 'file'), 'utf8'), 'content');
  t.false(existsSync(join(volume.source, '.markerfs')));
  t.regex(await volume.markerfs('status', volume.source, ...options), /^state +active$/m);
  await volume.markerfs('umount', volume.mountpoint, ...options);
  t.false(isMounted(volume.mountpoint));
});

test('umount leaves a mount alone that is in use', async (t) => {
  const volume = await TestVolume.mounted(t);
  const directory = openSync(volume.mountpoint, 'r');
  const { status, stderr } = await volume.tryMarkerfs('umount', volume.mountpoint);
  t.is(status, 1);
  t.regex(
    stderr,
    /^markerfs: Cannot unmount ".*": it is in use; end the programs that use it \(fuser -vm shows them\)$/,
  );
  closeSync(directory);
  await volume.markerfs('umount', volume.mountpoint);
  t.false(isMounted(volume.mountpoint));
});

test('hooks run after each pass of a slave, as it went, without a shell', async (t) => {
  const volume = await TestVolume.mounted(t);
  const told = join(volume.work, 'told');
  const hook = join(volume.work, 'hook.sh');
  writeFileSync(hook, `#!/bin/sh\necho "$1 $2 $MARKERFS_SLAVE $(cat)" >>'${told}'\necho said\n`, { mode: 0o755 });
  const options = ['--on-success', `${hook} good $HOME;x`, '--on-failure', `${hook} bad`];
  const { stdout, stderr } = await volume.tryMarkerfs('ship', volume.source, '--json', ...options);
  t.is(stderr, 'said');
  const lines = () => readFileSync(told, 'utf8').trim().split('\n');
  t.is(lines()[0], `good $HOME;x copy ${stdout}`);
  rmSync(volume.slave, { recursive: true });
  t.is((await volume.tryMarkerfs('ship', volume.source, ...options)).status, 1);
  t.regex(lines()[1]!, /^bad {2}copy \{"slave":"copy",.*"error":"Cannot use slave/);
  const missing = await volume.tryMarkerfs('ship', volume.source, '--on-failure', join(volume.work, 'none'));
  t.is(missing.status, 1);
  t.regex(missing.stderr, /^markerfs: The hook ".*\/none" failed: /m);
});
