import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Result, run } from '../support/run.js';
import { ALICE, testAsRoot } from '../support/users.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { typed, VERBS } from './verbs.js';

const MISSING = 'it does not exist; is the name right, and its disk mounted?';
const AS_OWNER = 'run it as root, or as whom it belongs to';

/** One line for people, no stack, nothing on stdout: the step, the object, the cause and what to do, as the README says. */
function assertFailed(t: ExecutionContext, { status, stdout, stderr }: Result, message: string | RegExp): void {
  t.is(status, 1, stderr);
  t.is(stdout, '');
  t.regex(stderr, /^markerfs: Cannot [a-z][^":;\n]* "[^"\n]+"[^";\n]*: [^;\n]+; [^\n]+$/);
  if (typeof message === 'string') t.is(stderr, `markerfs: ${message}`);
  else t.regex(stderr, message);
}

/** What cannot be mounted, and why. */
const MOUNTS: Record<string, (volume: TestVolume) => { args: [source: string, mountpoint: string]; message: string }> =
  {
    'a source that does not exist': ({ source, mountpoint }) => ({
      args: [`${source}/none`, mountpoint],
      message: `Cannot use source "${source}/none": ${MISSING}`,
    }),
    'a source that is no directory': ({ source, mountpoint }) => {
      writeFileSync(`${source}/file`, '');
      return {
        args: [`${source}/file`, mountpoint],
        message: `Cannot use source "${source}/file": it is not a directory; give a directory`,
      };
    },
    'a mountpoint that does not exist': ({ source, mountpoint }) => ({
      args: [source, `${mountpoint}/none`],
      message: `Cannot mount on "${mountpoint}/none": it does not exist; create it first (mkdir "${mountpoint}/none")`,
    }),
    'a mountpoint that is no directory': ({ source, mountpoint }) => {
      writeFileSync(`${mountpoint}/file`, '');
      return {
        args: [source, `${mountpoint}/file`],
        message: `Cannot mount on "${mountpoint}/file": it is not a directory; give a directory`,
      };
    },
    'a mountpoint that is not empty': ({ source, mountpoint }) => {
      writeFileSync(`${mountpoint}/file`, '');
      return {
        args: [source, mountpoint],
        message: `Cannot mount on "${mountpoint}": the directory is not empty; give an empty one`,
      };
    },
    'a mountpoint within the source': ({ source }) => {
      mkdirSync(`${source}/inner`);
      return {
        args: [source, `${source}/inner`],
        message: `Cannot mount on "${source}/inner": it lies within the source "${source}"; mount over the source itself, or elsewhere`,
      };
    },
  };

for (const [what, prepare] of Object.entries(MOUNTS)) {
  for (const mode of [[], ['-f']]) {
    test(`${['mount', ...mode].join(' ')}: ${what}`, async (t) => {
      const volume = await TestVolume.create(t);
      const { args, message } = prepare(volume);
      assertFailed(t, await volume.tryMarkerfs(...args, ...mode), message);
    });
  }
}

test('a name in an error does not break its line', async (t) => {
  const { source, mountpoint, tryMarkerfs } = bound(await TestVolume.create(t));
  const { stderr } = await tryMarkerfs(`${source}/a\n\u001b[31m`, mountpoint);
  t.is(stderr, `markerfs: Cannot use source "${source}/a\\n\\x1b[31m": ${MISSING}`);
});

function bound(volume: TestVolume) {
  return { source: volume.source, mountpoint: volume.mountpoint, tryMarkerfs: volume.tryMarkerfs.bind(volume) };
}

test('a mountpoint that is mounted, a source that is mounted elsewhere, and a mountpoint as a source', async (t) => {
  const volume = await TestVolume.mounted(t);
  const { source, mountpoint, work } = volume;
  const unmount = `unmount it first (markerfs umount "${mountpoint}")`;
  assertFailed(
    t,
    await volume.tryMarkerfs(source, mountpoint),
    `Cannot mount on "${mountpoint}": it is already mounted, with "${source}"; ${unmount}`,
  );
  const elsewhere = join(work, 'elsewhere');
  mkdirSync(elsewhere);
  const locked = `Cannot lock volume "${source}": it is mounted on "${mountpoint}", by pid ${volume.daemonPid()}; ${unmount}`;
  assertFailed(t, await volume.tryMarkerfs(source, elsewhere), locked);
  assertFailed(
    t,
    await volume.tryMarkerfs(mountpoint, elsewhere),
    `Cannot use source "${mountpoint}": it is a mountpoint of markerfs itself; give another directory, or its source "${source}"`,
  );
});

test('what a killed daemon left is told and cleaned up, and the next mount works', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.endDaemon('SIGKILL');
  const { status, stdout, stderr } = await volume.tryMarkerfs(volume.source, volume.mountpoint);
  t.is(status, 0, stderr);
  t.is(stderr, `markerfs: Removed the mount that a killed daemon had left at "${volume.mountpoint}"`);
  t.is(stdout, `Mounted "${volume.source}" on "${volume.mountpoint}"`);
  writeFileSync(join(volume.source, 'file'), '');
  await volume.markerfs('status', volume.mountpoint);
});

test('umount of a dead mount says so', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.endDaemon('SIGKILL');
  const { status, stderr } = await volume.tryMarkerfs('umount', volume.mountpoint);
  t.is(status, 0);
  t.is(stderr, `markerfs: Removed the mount that a killed daemon had left at "${volume.mountpoint}"`);
  assertFailed(
    t,
    await volume.tryMarkerfs('umount', volume.mountpoint),
    `Cannot unmount "${volume.mountpoint}": nothing is mounted there by markerfs; see what is: findmnt -t fuse.markerfs`,
  );
});

test('a volume that was never mounted', async (t) => {
  const volume = await TestVolume.create(t);
  const { source, slave } = volume;
  const message = /^markerfs: Cannot open volume ".*": it was never mounted by markerfs; mount it first/;
  const rest: Record<string, string[]> = {
    'slave add': ['copy', slave],
    versions: ['path'],
    restore: ['path', '--at', '1h'],
    destroy: ['--yes'],
  };
  const verbs = VERBS.slice(1).filter(({ arguments: [first] }) => first?.name === 'source');
  t.true(verbs.length > 15);
  for (const verb of verbs) {
    const args = [
      ...typed(verb),
      source,
      ...(rest[typed(verb).join(' ')] ?? verb.arguments.slice(1).map(() => 'copy')),
    ];
    assertFailed(t, await volume.tryMarkerfs(...args), message);
  }
});

/** What is no fit slave, and why. */
const SLAVES: Record<string, (volume: TestVolume) => { target: string; message: RegExp }> = {
  'that is missing': ({ work }) => ({
    target: join(work, 'none'),
    message: /: cannot use directory ".*\/none": it does not exist; is the name right, and its disk mounted\?$/,
  }),
  'that is not empty': ({ slave }) => {
    writeFileSync(join(slave, 'precious'), '');
    return {
      target: slave,
      message: /: directory ".*\/slave" is not empty; with --adopt it is made equal to the source/,
    };
  },
  'inside the source': ({ source }) => {
    mkdirSync(join(source, 'inner'));
    return {
      target: join(source, 'inner'),
      message: /: directory ".*\/inner" lies in ".*\/source"; choose one outside of the volume$/,
    };
  },
  'that the source is inside of': ({ work }) => ({
    target: work,
    message: /: directory ".*" contains ".*"; choose one outside/,
  }),
  'inside the mountpoint': ({ source, mountpoint }) => {
    mkdirSync(join(source, 'inner'));
    return {
      target: join(mountpoint, 'inner'),
      message: /: directory ".*\/inner" lies in ".*\/mount"; choose one outside/,
    };
  },
};

for (const [what, prepare] of Object.entries(SLAVES)) {
  test(`slave add: a directory ${what}`, async (t) => {
    const volume = await TestVolume.create(t);
    await volume.mount();
    const { target, message } = prepare(volume);
    const result = await volume.tryMarkerfs('slave', 'add', volume.source, 'copy', target);
    assertFailed(t, result, message);
    t.regex(result.stderr, /^markerfs: Cannot add slave "copy"/);
    t.is(await volume.markerfs('slave', 'list', volume.source, '--json'), '');
  });
}

test('a directory that is not empty is taken when it is adopted', async (t) => {
  const volume = await TestVolume.create(t);
  await volume.mount();
  writeFileSync(join(volume.slave, 'old'), '');
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave, '--adopt');
  t.regex(await volume.markerfs('slave', 'list', volume.source), /^copy +initializing +\/.*\/slave$/m);
});

test('a slave that nobody knows', async (t) => {
  const volume = await TestVolume.mounted(t);
  const message = 'Cannot find slave "none": there is no such slave; there are "copy"';
  for (const args of [
    ['ship', volume.source, '--slave', 'none'],
    ...['remove', 'pause', 'resume'].map((verb) => ['slave', verb, volume.source, 'none']),
  ]) {
    assertFailed(t, await volume.tryMarkerfs(...args), message);
  }
});

test('rsync is not installed', async (t) => {
  const volume = await TestVolume.mounted(t);
  const program = [process.execPath, MARKERFS, 'ship', volume.source];
  assertFailed(
    t,
    await run(program, { env: { PATH: volume.work } }),
    `Cannot ship volume "${volume.source}": "rsync" is not installed; install it (apt-get install rsync)`,
  );
});

test('a slave that is gone fails the pass; another one goes on, and the exit status says partly', async (t) => {
  const volume = await TestVolume.mounted(t);
  rmSync(volume.slave, { recursive: true });
  const failed = await volume.tryMarkerfs('ship', volume.source);
  t.is(failed.status, 1);
  t.regex(
    failed.stderr,
    /^markerfs: copy: Cannot use slave "copy": cannot use directory ".*": it does not exist; is the name right, and its disk mounted\?$/,
  );
  const other = join(volume.work, 'other');
  mkdirSync(other);
  await volume.markerfs('slave', 'add', volume.source, 'other', other);
  const partly = await volume.tryMarkerfs('ship', volume.source);
  t.is(partly.status, 3);
  t.regex(partly.stdout, /^other: initial, /);
  const human = await volume.markerfs('status', volume.source);
  t.regex(human, /^copy +faulty /m);
  t.regex(human, /^copy: Cannot use slave "copy"/m);
});

testAsRoot('no permission', async (t) => {
  const volume = await TestVolume.create(t, ALICE);
  const closed = join(volume.work, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o700);
  const { source, mountpoint } = volume;
  assertFailed(
    t,
    await volume.tryMarkerfs(`${closed}/in`, mountpoint),
    `Cannot use source "${closed}/in": permission denied; ${AS_OWNER}`,
  );
  assertFailed(
    t,
    await volume.tryMarkerfs(source, closed),
    `Cannot mount on "${closed}": permission denied; ${AS_OWNER}`,
  );
  const readable = join(volume.work, 'readable');
  mkdirSync(readable);
  assertFailed(
    t,
    await volume.tryMarkerfs(readable, mountpoint),
    `Cannot create state directory "${readable}/.markerfs": permission denied; ${AS_OWNER}`,
  );
});
