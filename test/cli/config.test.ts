import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { EXAMPLE } from '../../src/cli/config/help.js';
import { describeSetting, SETTING_NAMES } from '../../src/volume/slave-settings.js';
import { Talker } from '../support/lines.js';
import { isMounted } from '../support/mounts.js';
import { run } from '../support/run.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';
import { makeWork } from '../support/work.js';

function check(file: string, ...options: string[]) {
  return run([process.execPath, MARKERFS, 'config', 'check', file, ...options]);
}

function write(t: ExecutionContext, text: string): string {
  const file = join(makeWork(t), 'markerfs.toml');
  writeFileSync(file, text);
  return file;
}

test('the example of the help is right', async (t) => {
  const file = write(t, EXAMPLE);
  const { status, stdout, stderr } = await check(file);
  t.deepEqual([status, stderr, stdout], [0, '', `${file}: 1 volume, 2 slaves, nothing wrong`]);
  t.deepEqual(JSON.parse((await check(file, '--json')).stdout), {
    file,
    volumes: [{ source: '/data', mountpoint: '/mnt/vol', slaves: ['backup', 'far'] }],
    problems: [],
  });
});

const VOLUME = '[[volume]]\nsource = "/s"\nmountpoint = "/m"\n';
const SLAVE = `${VOLUME}[volume.slave.a]\ntarget = "/t"\n`;

/** What is wrong, the line, and what is told of it. */
const WRONG: readonly [text: string, line: number, message: string][] = [
  ['a = 1 b', 1, 'it is not TOML: must be a newline'],
  ['[a]\n[a]', 2, 'it is not TOML: defining a key multiple times is invalid'],
  ['', 1, 'it lists no [[volume]]'],
  ['[volume]\nsource = "/s"', 1, '"volume" of the file: wanted [[volume]], with two brackets'],
  [`${VOLUME}[volum]`, 4, 'unknown key "volum" of the file; did you mean volume?'],
  ['[[volume]]\nsource = "/s"', 1, 'the volume has no "mountpoint"'],
  ['[[volume]]\nsource = "s"\nmountpoint = "/m"', 2, '"source" of the volume: wanted an absolute path'],
  ['[[volume]]\nsource = 1\nmountpoint = "/m"', 2, '"source" of the volume: wanted a string in quotes'],
  [`${VOLUME}\noptions = ["ro",\n "fast"]`, 5, '"options" of the volume: unknown mount option "fast"'],
  [`${VOLUME}interval = "5"`, 4, '"interval" of the volume: wanted a time like 30s, 5m or 1h, of 24 days at most'],
  [`${VOLUME}on-failure = []`, 4, '"on-failure" of the volume: wanted a program'],
  [`${VOLUME}${VOLUME.replace('/m', '/n')}`, 4, 'the volume of line 1 has the source "/s" too'],
  [`${VOLUME}${VOLUME.replace('/s', '/n')}`, 4, 'the volume of line 1 has the mountpoint "/m" too'],
  [`${VOLUME}slave.a = 1`, 4, 'slave "a" has no "target"'],
  [
    `${VOLUME}[volume.slave."a b"]\ntarget = "/t"`,
    4,
    'slave "a b": a name is 1 to 64 of the characters A-Z a-z 0-9 . _ -',
  ],
  [`${VOLUME}[volume.slave.a]`, 4, 'slave "a" has no "target"'],
  [
    `${VOLUME}[volume.slave.a]\ntarget = "t"`,
    5,
    '"target" of slave "a": wanted an absolute path, or a place on another machine',
  ],
  [`${VOLUME}[volume.slave.a]\ntarget = "x:y"`, 4, 'slave "a": target "x:y" is of no kind that there is; '],
  [`${SLAVE}rsync-only = true`, 4, 'slave "a": rsync-only is of no use for "/t": it is for host:/dir'],
  [`${SLAVE}adopt = "yes"`, 6, '"adopt" of slave "a": wanted true or false'],
  [`${SLAVE}jobs = 0`, 6, '"jobs" of slave "a": wanted a number from 1 to 64'],
  [`${SLAVE}jobs = 1.5`, 6, '"jobs" of slave "a": wanted a string, a whole number, true or false, or a list of these'],
  [`${SLAVE}jobs = []`, 6, '"jobs" of slave "a": wanted a value; leave the key out where nothing is to be set'],
  [`${SLAVE}jbos = 2`, 6, 'unknown key "jbos" of slave "a"; did you mean jobs?'],
  [`${SLAVE}password-file = "x"`, 6, '"password-file" of slave "a": wanted an absolute path'],
];

for (const [text, line, message] of WRONG)
  test(`what is wrong is told with its line: ${text}`, async (t) => {
    const file = write(t, text);
    const { status, stdout, stderr } = await check(file);
    t.deepEqual([status, stdout], [2, '']);
    t.true(stderr.startsWith(`markerfs: Cannot use configuration "${file}": line ${line}: ${message}`), stderr);
    const { problems } = JSON.parse((await check(file, '--json')).stdout);
    t.is(problems[0].line, line);
  });

test('all that is wrong is told, and nothing of it is applied', async (t) => {
  const file = write(t, `${SLAVE}jobs = 0\nspeed = 1\n`);
  t.deepEqual((await check(file)).stderr.match(/line \d+/g), ['line 6', 'line 7']);
  for (const verb of ['apply', 'run']) {
    const { status, stderr } = await run([process.execPath, MARKERFS, 'config', verb, file]);
    t.is(status, 2);
    t.regex(stderr, /line 6: "jobs" of slave "a": .*; and 1 more, see: markerfs config check ".*"$/);
  }
  const missing = await check(`${file}.not`);
  t.is(missing.status, 1);
  t.regex(missing.stderr, /^markerfs: Cannot read configuration ".*": it does not exist; see "markerfs config --help"/);
});

/** A file for a volume, with one slave and what is set for it. */
function describe(volume: TestVolume, slave = volume.slave, ...settings: string[]): string {
  return `[[volume]]
source = "${volume.source}"
mountpoint = "${volume.mountpoint}"
options = "noatime"
interval = "50ms"
[volume.slave.copy]
target = "${slave}"
${settings.join('\n')}
`;
}

test("apply does what is missing, once, and what the file lists is the file's", async (t) => {
  const volume = await TestVolume.create(t);
  const file = write(t, describe(volume, volume.slave, 'jobs = 3', 'compress = true', 'max-delete = [5, "10%"]'));
  const apply = (...more: string[]) => volume.tryMarkerfs('config', 'apply', ...(more.length > 0 ? more : [file]));
  const settings = (name: string) => volume.markerfs('slave', 'set', volume.source, name);
  const first = await apply();
  t.deepEqual(
    [first.status, first.stdout, first.stderr],
    [0, `Mounted "${volume.source}" on "${volume.mountpoint}"\ncopy: added, at "${volume.slave}"`, ''],
  );
  t.is(await settings('copy'), 'jobs=3\ncompress=yes\nmax-delete=5\nmax-delete=10%');
  const second = await apply();
  t.deepEqual([second.status, second.stdout, second.stderr], [0, '', '']);

  // What the file lists is the file's.
  const inFile = `is set in "${file}", line 6; change it there, then: markerfs config apply "${file}"`;
  for (const [verb, ...words] of [['set', 'jobs=5'], ['remove']]) {
    const { status, stderr } = await volume.tryMarkerfs('slave', verb!, volume.source, 'copy', ...words);
    t.deepEqual([status, stderr], [1, `markerfs: Cannot ${verb} slave "copy": it ${inFile}`]);
  }
  // To pause is the verbs', for all.
  await volume.markerfs('slave', 'pause', volume.source, 'copy');
  await volume.markerfs('slave', 'resume', volume.source, 'copy');

  // What it sets no more is not set, and what it lists with another target is not moved.
  writeFileSync(file, describe(volume, volume.slave, 'jobs = 4'));
  t.is((await apply()).stdout, 'copy: settings are now: jobs=4');
  t.is(await settings('copy'), 'jobs=4');
  const other = join(volume.work, 'other');
  mkdirSync(other);
  writeFileSync(file, describe(volume, other));
  const moved = await apply();
  t.is(moved.status, 3);
  t.regex(moved.stderr, /Cannot set slave "copy": it is at ".*\/slave", and ".*" says ".*\/other"; list the new place/);
});

test('slaves change hands between the verbs and files, and have one master at a time', async (t) => {
  const volume = await TestVolume.create(t);
  const file = write(t, describe(volume, volume.slave, 'jobs = 4'));
  const apply = (which = file) => volume.tryMarkerfs('config', 'apply', which);
  const settings = (name: string) => volume.markerfs('slave', 'set', volume.source, name);
  await apply();
  const other = join(volume.work, 'other');
  mkdirSync(other);

  // Slaves that it does not list are the verbs'; another file may not list what this one does.
  await volume.markerfs('slave', 'add', volume.source, 'other', other, '--jobs', '7');
  writeFileSync(file, describe(volume));
  t.is((await apply()).stdout, 'copy: settings are now: none');
  t.is(await settings('other'), 'jobs=7');
  await volume.markerfs('slave', 'set', volume.source, 'other', 'jobs=8');
  const another = write(t, describe(volume));
  const refused = await apply(another);
  t.is(refused.status, 3);
  t.is(refused.stderr, `markerfs: Cannot set slave "copy": it is set in "${file}", line 6, too`);

  // A slave of the verbs that it lists is taken over, and one that it lists no more is released.
  writeFileSync(file, describe(volume, other).replace('slave.copy', 'slave.other'));
  const changed = await apply();
  t.is(changed.stdout, `other: taken over by "${file}"\nother: settings are now: none`);
  t.regex(changed.stderr, /^markerfs: Slave "copy" is in ".*" no more; it stays, and verbs set it: /);
  await volume.markerfs('slave', 'set', volume.source, 'copy', 'jobs=9');
  t.is((await volume.tryMarkerfs('slave', 'set', volume.source, 'other', 'jobs=9')).status, 1);
  const listed = (await volume.markerfs('slave', 'list', volume.source, '--json'))
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    listed.map(({ name, file: by }) => [name, by]),
    [
      ['copy', null],
      ['other', file],
    ],
  );
  // While it is no TOML it may list anything.
  writeFileSync(file, '[[volume');
  t.regex((await volume.tryMarkerfs('slave', 'remove', volume.source, 'other')).stderr, /line 1: it is not TOML/);
});

test('every setting of slaves is a key of the file', async (t) => {
  const values: Record<string, string> = { jobs: '2', compress: 'true', 'rsync-only': 'true' };
  const lines = SETTING_NAMES.map((name) => {
    const { option } = describeSetting(name);
    return `${option} = ${values[option] ?? '"1"'}`;
  });
  const { stderr } = await check(write(t, `${SLAVE}${lines.join('\n')}`));
  t.notRegex(stderr, /unknown key/);
});

test('run mounts, ships at the interval, replaces a killed daemon, reads the file again, and unmounts', async (t) => {
  const volume = await TestVolume.create(t);
  const told = join(volume.work, 'told');
  const hook = `on-success = ["/bin/sh", "-c", "echo $MARKERFS_SLAVE >>'${told}'"]\n`;
  const file = write(t, describe(volume).replace('[volume.slave', `${hook}[volume.slave`));
  const service = new Talker(t, MARKERFS, 'config', 'run', file, '--json');
  t.like(JSON.parse(await service.line()), { source: volume.source, slave: 'copy', crawl: 'initial' });
  const onSlave = (name: string) =>
    waitUntil(`${name} is on the slave`, () => (existsSync(join(volume.slave, name)) ? undefined : 'it is not'));
  mkdirSync(join(volume.mountpoint, 'one'));
  await onSlave('one');
  t.true(existsSync(told));
  const killed = volume.daemonPid();
  await volume.endDaemon('SIGKILL');
  await waitUntil('another daemon serves the mount', () => (volume.daemonPid() === killed ? 'none does' : undefined));
  await waitUntil('it is mounted again', () => (existsSync(join(volume.mountpoint, 'one')) ? undefined : 'it is not'));
  mkdirSync(join(volume.mountpoint, 'two'));
  await onSlave('two');

  const second = join(volume.work, 'second');
  mkdirSync(second);
  writeFileSync(file, `${describe(volume)}[volume.slave.second]\ntarget = "${second}"\n`);
  process.kill(service.pid, 'SIGHUP');
  await waitUntil('the new slave is filled', () => (existsSync(join(second, 'two')) ? undefined : 'it is not'));
  writeFileSync(file, 'nonsense = 1');
  process.kill(service.pid, 'SIGHUP');
  mkdirSync(join(volume.mountpoint, 'three'));
  await onSlave('three');
  t.is(await service.end('SIGTERM'), 0);
  t.false(isMounted(volume.mountpoint));
});

test('run leaves alone what was mounted before, and goes on where something cannot be done', async (t) => {
  const volume = await TestVolume.create(t);
  await volume.mount();
  const lacking = `[volume.slave.late]\ntarget = "${volume.work}/late"\n`;
  const missing = `[[volume]]\nsource = "${volume.work}/none"\nmountpoint = "/mnt"\n`;
  const file = write(t, `${describe(volume)}${lacking}${missing}`);
  const service = new Talker(t, MARKERFS, 'config', 'run', file);
  t.is(await service.line(), `copy: added, at "${volume.slave}"`);
  t.regex(await service.line(), /^copy: .*\/source: initial, /);
  mkdirSync(join(volume.work, 'late'));
  mkdirSync(join(volume.mountpoint, 'directory'));
  await waitUntil('the slave that was missing is filled', () =>
    existsSync(join(volume.work, 'late/directory')) ? undefined : 'it is not',
  );
  t.is(await service.end('SIGTERM'), 0);
  t.true(isMounted(volume.mountpoint));
});
