import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { must } from '../support/run.js';
import { HOST, Sshd } from '../support/sshd.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

interface Far {
  readonly volume: TestVolume;
  readonly sshd: Sshd;
}

/** A mounted volume whose slave is behind a sshd that lets its key do nothing but serve that slave. */
async function farVolume(t: ExecutionContext): Promise<Far> {
  const sshd = await Sshd.start(t);
  const volume = await TestVolume.create(t);
  sshd.allowAgent(volume.slave);
  await volume.mount();
  const target = `${HOST}:${volume.slave}`;
  await volume.markerfs('slave', 'add', volume.source, 'far', target, '--keep-versions', '4w');
  return { volume, sshd };
}

const bytes = (...parts: string[]): Buffer => Buffer.from(parts.join('/'), 'latin1');
const ODD = 'od\xff\nd . ;';
const now = (): string => new Date().toISOString();

/** All that a copy has to keep, in a directory. */
async function fill(directory: string): Promise<void> {
  mkdirSync(join(directory, 'sub'), { recursive: true });
  const at = (name: string): string => join(directory, name);
  writeFileSync(at('#file'), 'one', { mode: 0o640 });
  writeFileSync(bytes(directory, ODD), 'odd');
  writeFileSync(at('sub/a'), 'linked');
  linkSync(at('sub/a'), at('b'));
  writeFileSync(at('sparse'), 'begins');
  truncateSync(at('sparse'), 64 << 20);
  symlinkSync('/etc', at('absolute'));
  symlinkSync('../../..', at('up'));
  // What rsync's daemon would take for its own, and shorten.
  symlinkSync('/rsyncd-munged/etc', at('munged'));
  lchownSync(at('up'), 41_001, 41_002);
  await must(['mkfifo', at('fifo')]);
  await must(['mknod', at('device'), 'c', '1', '3']);
  chownSync(at('sub/a'), 41_001, 41_002);
  chmodSync(at('sub/a'), 0o4711);
  await must(['setfattr', '-n', 'user.of-mine', '-v', 'value', at('#file')]);
  await must(['setfattr', '-n', 'trusted.of-root', '-v', 'value', at('sub')]);
  await must(['setfacl', '-m', 'u:41002:rwx,d:u:41002:r', at('sub')]);
  await must(['touch', '-hd', '2001-02-03 04:05:06.123456789Z', at('#file'), at('up'), at('sub'), directory]);
}

testAsRoot('a slave behind an agent lists its old versions, and gives them back as they were', async (t) => {
  const { volume, sshd } = await farVolume(t);
  const { source, mountpoint, slave, work } = volume;
  mkdirSync(join(work, 'tmp'));
  sshd.setEnvironment({ TMPDIR: join(work, 'tmp') });
  const inMount = (name: string): string => join(mountpoint, name);
  await fill(inMount('dir'));
  const original = join(work, 'original');
  await must(['cp', '-a', inMount('dir'), original]);
  await volume.ship();
  const first = now();
  writeFileSync(inMount('dir/#file'), 'three');
  rmSync(bytes(mountpoint, 'dir', ODD));
  await volume.ship();
  const second = now();
  rmSync(inMount('dir'), { recursive: true });
  writeFileSync(inMount('other'), 'other');
  await volume.ship();

  const lines = (await volume.markerfs('versions', source, inMount('dir/#file'), '--json')).split('\n');
  const [one, two, ...more] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  t.deepEqual(more, []);
  t.like(one, { slave: 'far', kind: 'file', bytes: 3, modifiedUs: Date.UTC(2001, 1, 3, 4, 5, 6, 123) * 1000 + 456 });
  t.like(two, { bytes: 5 });
  t.true(Number(one?.untilUs) > Date.parse(first) * 1000 && Number(one?.untilUs) < Date.parse(second) * 1000);
  t.true(Number(two?.sinceUs) <= Date.parse(second) * 1000 && Number(two?.untilUs) > Date.parse(second) * 1000);
  t.regex(await volume.markerfs('versions', source, 'other'), /^SINCE .*\n\S+ \S+Z +now +5 B .* far$/);

  const to = join(work, 'to');
  mkdirSync(to);
  const said = await volume.markerfs('restore', source, 'dir', '--at', first, '--to', to);
  t.regex(said, /^12 objects restored to .*\/to from slave far, as of /);
  // What is there of the directory itself is what was there when it went.
  await must(['touch', '-r', original, join(to, 'dir')]);
  t.is(await differences(original, join(to, 'dir')), '');
  t.is(statSync(join(to, 'dir/sub/a')).ino, statSync(join(to, 'dir/b')).ino);
  t.true(statSync(join(to, 'dir/sparse')).blocks < 1000, 'a hole is a hole');

  const then = join(work, 'then');
  mkdirSync(then);
  await volume.markerfs('restore', source, 'dir', '--at', second, '--to', then);
  t.is(readFileSync(join(then, 'dir/#file'), 'utf8'), 'three');
  t.false(existsSync(bytes(then, 'dir', ODD)));
  t.is(statSync(join(then, 'dir/sub/a')).ino, statSync(join(then, 'dir/b')).ino);

  const present = await volume.tryMarkerfs('restore', source, 'other', '--at', now());
  t.is(present.status, 1);
  t.regex(present.stderr, /^markerfs: Cannot restore "other": ".*\/other" is there, and is not written over; /);
  const nothing = await volume.tryMarkerfs('restore', source, 'other', '--at', first, '--to', work);
  t.is(nothing.status, 1);
  t.regex(nothing.stderr, /^markerfs: Cannot restore "other": nothing was there at that time; /);

  await volume.markerfs('restore', source, 'dir', '--at', first);
  t.is(readFileSync(inMount('dir/#file'), 'utf8'), 'one');
  t.true((await volume.ship()).shipped >= 12);
  t.is(await differences(mountpoint, slave), '');
  await must(['touch', '-r', original, inMount('dir')]);
  t.is(await differences(original, inMount('dir')), '');
  t.deepEqual(readdirSync(join(work, 'tmp')), []);
});

testAsRoot('a large directory comes back whole', async (t) => {
  const { volume } = await farVolume(t);
  const { source, mountpoint, work } = volume;
  for (const directory of ['d', 'd/e']) {
    mkdirSync(join(mountpoint, directory));
    for (let at = 0; at < 2100; at++) writeFileSync(join(mountpoint, directory, String(at)), '');
  }
  writeFileSync(join(mountpoint, 'stays'), '');
  await volume.ship();
  const first = now();
  rmSync(join(mountpoint, 'd'), { recursive: true });
  await volume.ship();
  const said = await volume.markerfs('restore', source, 'd', '--at', first, '--to', work);
  t.regex(said, /^4,202 objects restored/);
  t.is(readdirSync(join(work, 'd')).length, 2101);
  t.is(readdirSync(join(work, 'd/e')).length, 2100);
});

testAsRoot('old versions are looked at while a pass is under way, which goes on', async (t) => {
  const { volume } = await farVolume(t);
  const { source, mountpoint, slave, work } = volume;
  writeFileSync(join(mountpoint, 'file'), 'one');
  await volume.ship();
  const first = now();
  writeFileSync(join(mountpoint, 'file'), 'two');
  // What a pass that is under way has there.
  const turn = join(slave, '.markerfs-slave/turn.lock');
  const { ino } = statSync(turn);
  writeFileSync(join(slave, '.markerfs-slave/tmp/.file.begun'), 'half of it');
  await volume.markerfs('versions', source, 'file');
  await volume.markerfs('restore', source, 'file', '--at', first, '--to', work);
  t.is(readFileSync(join(work, 'file'), 'utf8'), 'one');
  t.is(statSync(turn).ino, ino);
  t.true(existsSync(join(slave, '.markerfs-slave/tmp/.file.begun')));
});

testAsRoot('of several slaves those behind agents count, and who only has rsync is told of', async (t) => {
  const { volume, sshd } = await farVolume(t);
  const { source, mountpoint, slave, work } = volume;
  const near = join(work, 'near');
  const plain = join(work, 'plain');
  for (const directory of [near, plain]) mkdirSync(directory);
  await volume.markerfs('slave', 'add', source, 'near', near);
  sshd.allow();
  await volume.markerfs('slave', 'add', source, 'plain', `${HOST}:${plain}`, '--rsync-only', 'yes');
  sshd.allowAgent(slave);
  writeFileSync(join(mountpoint, 'file'), 'one');
  for (const name of ['far', 'near']) await volume.markerfs('ship', source, '--slave', name);

  const listed = await volume.tryMarkerfs('versions', source, 'file', '--json');
  t.is(listed.status, 0);
  t.is(listed.stderr, 'markerfs: Slave "plain" keeps no old versions: only rsync reaches it');
  const slaves = listed.stdout.split('\n').map((line) => (JSON.parse(line) as { slave: string }).slave);
  t.deepEqual(slaves, ['far', 'near']);
  const restoring = ['restore', source, 'file', '--at', now(), '--to', work];
  const unsaid = await volume.tryMarkerfs(...restoring);
  t.is(unsaid.status, 2);
  t.regex(unsaid.stderr, /several slaves may have it; give one with --slave: "far", "near"$/);
  const none = await volume.tryMarkerfs(...restoring, '--slave', 'plain');
  t.is(none.status, 1);
  t.regex(none.stderr, /^markerfs: Cannot restore "file": no slave keeps old versions$/m);
  await volume.markerfs(...restoring, '--slave', 'far');
  t.is(readFileSync(join(work, 'file'), 'utf8'), 'one');

  sshd.allowNobody();
  const some = await volume.tryMarkerfs('versions', source, 'file', '--json');
  t.is(some.status, 3);
  t.regex(some.stdout, /^\{"slave":"near".*\}$/);
  t.regex(some.stderr, /^markerfs: Cannot look for old versions at slave "far": "far" does not accept the key; /m);
});

interface Trouble {
  readonly begin: (far: Far) => void | Promise<void>;
  readonly end: (far: Far) => void | Promise<void>;
  readonly reason: RegExp;
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'an agent of the version before': {
    // The length of what comes is 53.
    begin: ({ sshd }) =>
      sshd.allow(`printf '\\000\\000\\000\\065{"message":{"id":0,"value":{"protocol":3}},"list":[]}'`),
    end: ({ sshd, volume }) => sshd.allowAgent(volume.slave),
    reason: /the agent of "far" is of markerfs .* \(protocol 3, wanted 4\); install the same version on both sides$/,
  },
  'no agent': {
    begin: ({ sshd }) => sshd.stop(),
    end: ({ sshd }) => sshd.run(),
    reason: /"far" refuses the connection; does sshd run there, /,
  },
  'another directory in its place': {
    begin: ({ volume: { slave } }) => {
      renameSync(slave, `${slave}.before`);
      mkdirSync(slave);
    },
    end: ({ volume: { slave } }) => renameSync(`${slave}.before`, slave),
    reason: /directory ".*" holds no copy of this volume; is it mounted\?/,
  },
};

testAsRoot('what keeps a slave from being asked is told, and nothing is done', async (t) => {
  const far = await farVolume(t);
  const { source, mountpoint, work } = far.volume;
  writeFileSync(join(mountpoint, 'file'), 'one');
  await far.volume.ship();
  const first = now();
  for (const [what, { begin, end, reason }] of Object.entries(TROUBLES)) {
    await begin(far);
    for (const args of [
      ['versions', source, 'file'],
      ['restore', source, 'file', '--at', first, '--to', work],
    ]) {
      const { status, stdout, stderr } = await far.volume.tryMarkerfs(...args);
      t.deepEqual([status, stdout], [1, ''], what);
      t.regex(stderr, reason, what);
      t.regex(stderr, /^markerfs: Cannot look for old versions at slave "far": .*$/, what);
    }
    await end(far);
  }
  t.throws(() => lstatSync(join(work, 'file')), { code: 'ENOENT' });
  await far.volume.markerfs('restore', source, 'file', '--at', first, '--to', work);
});
