import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ALL_CHANGES, followChanges } from '../../ship/cases.js';
import { World } from '../../ship/world.js';
import { must, run } from '../../support/run.js';
import { HOST, Sshd } from '../../support/sshd.js';
import { makeVolume } from '../../support/state.js';
import { differences } from '../../support/trees.js';
import { MARKERFS } from '../../support/volume.js';

/** A world whose slave is behind a sshd that lets its key do nothing but serve that slave. */
async function farWorld(t: ExecutionContext): Promise<{ world: World; sshd: Sshd }> {
  const sshd = await Sshd.start(t);
  const world = await World.create(t, { reach: (slave) => ({ target: allowed(sshd, slave) }) });
  return { world, sshd };
}

function allowed(sshd: Sshd, slave: string): string {
  sshd.allowAgent(slave);
  return `${HOST}:${slave}`;
}

const stateOf = (world: World) => world.state.slaves.need('copy');

test('a slave behind sshd, with a key that can do nothing else, follows all kinds of changes', async (t) => {
  const sshd = await Sshd.start(t);
  await followChanges(t, ALL_CHANGES, 'journal', { reach: (slave) => ({ target: allowed(sshd, slave) }) });
});

test('a renamed directory of many files is a rename, and no content is sent', async (t) => {
  const { world } = await farWorld(t);
  world.mkdir('d');
  for (let at = 0; at < 300; at++) world.write(`d/${at}`, 'content');
  await world.pass();
  const { ino } = fs.statSync(world.inSlave('d/7'));
  world.rename('d', 'renamed');
  t.like(await world.pass(), { renamed: 1, bytes: 0, deleted: 0 });
  t.is(fs.statSync(world.inSlave('renamed/7')).ino, ino);
  t.is(await world.differences(), '');
});

test('a symlink that somebody put on the slave is followed by nothing', async (t) => {
  const { world } = await farWorld(t);
  for (const name of ['d', 'e', 'f']) world.mkdir(name);
  for (const name of ['d/file', 'd/gone', 'e/moved', 'f/below']) world.write(name, name);
  await world.pass();
  const outside = `${world.slave}.outside`;
  await must(['cp', '-a', `${world.slave}/d`, outside]);
  for (const name of ['d', 'f']) {
    await must(['rm', '-r', `${world.slave}/${name}`]);
    await must(['ln', '-s', outside, `${world.slave}/${name}`]);
  }
  const before = await must(['ls', '-lR', '--time-style=full-iso', outside]);
  world.write('d/file', 'changed');
  world.unlink('d/gone');
  world.rename('e/moved', 'd/moved');
  world.mkdir('f/new');
  world.write('f/new/file', 'new');
  world.remove('f');
  await world.pass();
  t.is(await must(['ls', '-lR', '--time-style=full-iso', outside]), before);
  t.is(await world.differences(), '');
});

test('with the key nothing else can be done', async (t) => {
  const { world } = await farWorld(t);
  await world.pass();
  const refused = async (...command: string[]) => {
    const { status, stderr } = await run(command);
    t.not(status, 0, command.join(' '));
    t.regex(stderr, /markerfs: Cannot /, command.join(' '));
  };
  await refused('ssh', HOST, 'id');
  await refused('ssh', HOST, `markerfs agent --root ${path.dirname(world.slave)}`);
  await refused('rsync', '-a', `${HOST}:/etc/passwd`, `${world.slave}.got`);
  await refused('rsync', '-a', `${HOST}:${world.slave}/`, `${world.slave}.got`);
  await refused('rsync', '-a', `${world.volume.source}/`, `${HOST}:${world.slave}.other/`);
  await refused('rsync', '-aK', `${world.volume.source}/`, `${HOST}:${world.slave}/`);
  await refused('rsync', '-a', '--backup-dir=/tmp', `${world.volume.source}/`, `${HOST}:${world.slave}/`);
  await refused('scp', '-O', '-S', 'ssh', '/etc/hostname', `${HOST}:/tmp/markerfs-never`);
  t.false(fs.existsSync(`${world.slave}.got`));
  t.false(fs.existsSync(`${world.slave}.other`));
});

test('slave add prints the line that a key needs, and it is enough for everything', async (t) => {
  const sshd = await Sshd.start(t);
  const volume = makeVolume(t);
  const slave = `${volume.source}.copy "it's"`;
  fs.mkdirSync(slave);
  t.teardown(() => must(['rm', '-rf', slave]));
  fs.writeFileSync(`${volume.source}/file`, 'content');
  const add = [process.execPath, MARKERFS, 'slave', 'add', volume.source, 'far', `${HOST}:${slave}`];
  sshd.allowNobody();
  const refused = await run(add);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /^markerfs: Cannot add slave "far": "far" does not accept the key/);
  const line = /^command="markerfs agent .*",restrict ssh-ed25519 \S+/m.exec(refused.stdout)?.[0];
  sshd.authorize(`${line}\n`);
  await must(add);
  await must([process.execPath, MARKERFS, 'ship', volume.source]);
  t.is(await differences(volume.source, slave), '');
  t.regex(await must([process.execPath, MARKERFS, 'slave', 'list', volume.source]), new RegExp(`${HOST}:${slave}`));
  await must([process.execPath, MARKERFS, 'slave', 'remove', volume.source, 'far']);
  t.deepEqual(fs.readdirSync(slave), ['file']);
});

interface Trouble {
  readonly begin: (sshd: Sshd, world: World) => void | Promise<void>;
  readonly end: (sshd: Sshd, world: World) => void | Promise<void>;
  readonly reason: RegExp;
}

const anotherKey = { end: (sshd: Sshd, { slave }: World) => sshd.allowAgent(slave) };

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'the host is down': {
    begin: (sshd) => sshd.stop(),
    end: (sshd) => sshd.run(),
    reason: /"far" refuses the connection; does sshd run there/,
  },
  'another host key': {
    begin: (sshd) => sshd.know('key'),
    end: (sshd) => sshd.know('host'),
    reason: /host key of "far" is not the one that is known.*ssh-keygen -R far/,
  },
  'no host key': {
    begin: (sshd) => sshd.know(undefined),
    end: (sshd) => sshd.know('host'),
    reason: /host key of "far" is not known; log in once by hand/,
  },
  'the key is not accepted': {
    begin: (sshd) => sshd.allowNobody(),
    ...anotherKey,
    reason: /"far" does not accept the key; its ~\/.ssh\/authorized_keys/,
  },
  'markerfs is not installed': {
    begin: (sshd) => sshd.allow('no-such-program'),
    ...anotherKey,
    reason: /markerfs is not installed on "far"/,
  },
  'a shell that talks': {
    begin: (sshd) => sshd.allow('echo Welcome to far!'),
    ...anotherKey,
    reason: /start-up files of its shell.*Welcome to far!/,
  },
  'an agent of another version': {
    // The length of what comes is 53.
    begin: (sshd) => sshd.allow(`printf '\\000\\000\\000\\065{"message":{"id":0,"value":{"protocol":9}},"list":[]}'`),
    ...anotherKey,
    reason: /protocol 9, wanted 4\); install the same version/,
  },
  'an agent of another directory': {
    begin: (sshd) => sshd.allowAgent('/srv'),
    ...anotherKey,
    reason: /this key is for "\/srv" alone/,
  },
  'another directory in its place': {
    begin: (_, { slave }) => {
      fs.renameSync(slave, `${slave}.before`);
      fs.mkdirSync(slave);
    },
    end: (_, { slave }) => {
      fs.rmdirSync(slave);
      fs.renameSync(`${slave}.before`, slave);
    },
    reason: /holds no copy of this volume/,
  },
};

test('what keeps a slave from being reached is told, and once it is gone passes go on by themselves', async (t) => {
  const { world, sshd } = await farWorld(t);
  await world.pass();
  for (const [what, { begin, end, reason }] of Object.entries(TROUBLES)) {
    world.write('file', what);
    await begin(sshd, world);
    const { error } = await world.tryPass();
    t.regex(error ?? '', reason, what);
    t.like(stateOf(world), { state: 'faulty', reason: error }, what);
    await end(sshd, world);
  }
  await world.pass();
  t.like(stateOf(world), { state: 'active', reason: null });
  t.is(await world.differences(), '');
});
