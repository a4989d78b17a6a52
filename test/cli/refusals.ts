import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Rsyncd } from '../support/rsyncd.js';
import { TestVolume } from '../support/volume.js';

/** What every verb refuses, on one volume that is mounted and has three slaves, one of them without a pass. */

export interface Scene extends Pick<TestVolume, 'source' | 'mountpoint' | 'slave' | 'work'> {
  /** In the folder of the test. */
  at(name: string): string;
  /** A module of an rsync daemon, and what lets one in. */
  readonly daemon: { readonly target: string; readonly passwordFile: string };
}

export interface Refusal {
  /** What is typed behind the verb. */
  readonly args: (scene: Scene) => readonly string[];
  /** The exit status; 1 where it is not given. */
  readonly status?: number;
  /** Of the one line, behind `markerfs: `. */
  readonly says: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

/** Mounts, ships, and puts what is in the way where the refusals want it. */
export async function makeScene(t: ExecutionContext): Promise<Scene> {
  const volume = await TestVolume.mounted(t);
  const { source, mountpoint, slave, work } = volume;
  const at = (name: string): string => join(work, name);
  for (const name of ['empty', 'second', 'fresh', 'bare', 'served']) mkdirSync(at(name));
  await volume.markerfs('slave', 'set', source, 'copy', 'keep-versions=4w');
  await volume.markerfs('slave', 'add', source, 'second', at('second'));
  mkdirSync(join(mountpoint, 'd'));
  writeFileSync(join(mountpoint, 'd/file'), 'content');
  await volume.markerfs('ship', source);
  await volume.markerfs('slave', 'add', source, 'fresh', at('fresh'));
  for (const name of ['file', 'open', 'no.toml', 'wrong.toml']) writeFileSync(at(name), 'a token of 22 letters\n');
  chmodSync(at('open'), 0o644);
  symlinkSync(at('none'), at('lost'));
  const daemon = await Rsyncd.start(t, at('served'));
  return {
    source,
    mountpoint,
    slave,
    work,
    at,
    daemon: { target: daemon.target(), passwordFile: daemon.passwordFile },
  };
}

const NO_TMP = { TMPDIR: '/proc/none' };
const GONE = String.raw`it does not exist; is the name right, and its disk mounted\?$`;
const LIES_WITHIN: Refusal = {
  args: ({ source }) => [join(source, 'd')],
  says: /^Cannot open volume ".*\/source\/d": it lies in the volume of ".*\/source"; give that$/,
};
const EMPTY: Refusal = {
  args: () => [''],
  status: 2,
  says: /^Cannot use "" as <\w+>: it is empty; is a variable not set\?$/,
};
const NO_SLAVE = /^Cannot find slave "none": there is no such slave; there are "copy", "fresh", "second"$/;
const noSlave = (option: boolean, ...more: string[]): Refusal => ({
  args: ({ source }) => [source, ...(option ? [...more, '--slave', 'none'] : ['none', ...more])],
  says: NO_SLAVE,
});
const wrong = (says: RegExp, ...words: string[]): Refusal => ({
  args: ({ source }) => [source, ...words],
  status: 2,
  says,
});
/** A slave whose name is a variable that is not set. */
const EMPTY_NAME = wrong(/^Cannot use "" as <name>: it is empty; is a variable not set\?$/, '');
const listening = (place: string, says: RegExp, status = 1): Refusal => ({
  args: ({ source, at }) => [source, '--listen', place.replace('WORK', at(''))],
  status,
  says,
});
const CONFIG: readonly Refusal[] = [
  {
    args: ({ at }) => [at('none.toml')],
    says: /^Cannot read configuration ".*": it does not exist; see "markerfs config --help" for what it holds$/,
  },
  { args: ({ at }) => [at('empty')], says: /^Cannot read configuration ".*": it is a directory; give a file$/ },
  {
    args: ({ at }) => [at('wrong.toml')],
    status: 2,
    says: /^Cannot use configuration ".*": line 1: it is not TOML: /,
  },
];
const adding = (says: RegExp, name: string, target: string, ...options: string[]): Refusal => ({
  args: ({ source, at }) => [source, name, target.startsWith('WORK') ? at(target.slice(5)) : target, ...options],
  says,
});

/** By the verb; the first of each is also given on a terminal and with --json. */
export const REFUSALS: Readonly<Record<string, readonly Refusal[]>> = {
  '': [
    {
      args: ({ at }) => ['/proc', at('bare')],
      says: new RegExp(`^Cannot create state directory "/proc/.markerfs": ${GONE}`),
    },
    {
      args: ({ source, at }) => [at('empty'), at('bare'), '--state-dir', join(source, '.markerfs')],
      says: /^Cannot lock volume ".*": .*, by pid \d+; /,
    },
    {
      args: ({ at }) => [at('empty'), at('bare'), '--state-dir', at('empty/state')],
      says: /^Cannot use state directory ".*": it lies in the source and would be shipped; give one outside of it$/,
    },
    {
      args: ({ at }) => [at('empty'), at('bare'), '--state-dir', at('file')],
      says: /^Cannot create state directory ".*\/file": it is not a directory; give a directory$/,
    },
    {
      args: ({ at }) => [at('empty'), at('bare'), '-o', 'journal-keep=7'],
      status: 2,
      says: /^Cannot mount: mount option "journal-keep=7" makes no sense, wanted a time /,
    },
    { args: ({ at }) => [at('empty'), ''], status: 2, says: /^Cannot use "" as <mountpoint>: / },
  ],
  umount: [
    {
      args: ({ at }) => [at('empty')],
      says: /^Cannot unmount ".*\/empty": nothing is mounted there by markerfs; see what is: findmnt -t fuse\.markerfs$/,
    },
    { args: ({ at }) => [at('none')], says: new RegExp(`^Cannot unmount ".*/none": ${GONE}`) },
    EMPTY,
  ],
  slave: [
    { args: () => ['shout'], status: 2, says: /^Unknown verb "slave shout"; "markerfs slave --help" lists all\.$/ },
  ],
  'slave add': [
    adding(
      /^Cannot add slave "copy": the volume has a slave of that name; choose another, or forget /,
      'copy',
      'WORK/bare',
    ),
    { ...adding(/^Cannot add slave "a b": a name is 1 to 64 of /, 'a b', 'WORK/bare'), status: 2 },
    adding(new RegExp(`^Cannot add slave "x": cannot use directory ".*": ${GONE}`), 'x', 'WORK/none'),
    adding(new RegExp(`^Cannot add slave "x": cannot use directory ".*": ${GONE}`), 'x', 'WORK/lost'),
    adding(/^Cannot add slave "x": ".*\/file" is not a directory; give a directory$/, 'x', 'WORK/file'),
    adding(/^Cannot add slave "x": directory ".*" is slave "copy" already; give another place$/, 'x', 'WORK/slave'),
    adding(/^Cannot add slave "x": target "foo:bar" is of no kind that there is; wanted \/dir, /, 'x', 'foo:bar'),
    adding(
      /: rsync-only is of no use for ".*": it is for host:\/dir; leave it out$/,
      'x',
      'WORK/bare',
      '--rsync-only',
      'yes',
    ),
    adding(/: a password file is of no use for ".*": .*; leave it out$/, 'x', 'WORK/bare', '--password-file', '/x'),
    adding(
      /^Cannot use settings "inplace" and "keep-versions" of slave "x" together: .*; leave one of them out$/,
      ...(['x', 'WORK/bare', '--inplace', '1M', '--keep-versions', '3d'] as const),
    ),
    adding(
      /^Cannot add slave "x": cannot use "rsync:.*": rsync: failed to connect .*; is the name right, and does it answer at that port\?$/,
      ...(['x', 'rsync://127.0.0.1:1/module/dir'] as const),
    ),
    {
      args: ({ source, daemon }) => [source, 'x', daemon.target],
      says: /: rsync: the rsync daemon refuses user or password \(status 5\); give the user in the target, and --password-file$/,
    },
    {
      args: ({ source, daemon: { target, passwordFile } }) => [source, 'x', target, '--password-file', passwordFile],
      env: NO_TMP,
      says: /^Cannot make a temporary folder in "\/proc\/none": it does not exist; set TMPDIR to a directory that can be /,
    },
    {
      ...adding(/^Cannot make a temporary folder in "\/proc\/none": /, 'x', 'localhost:/x', '--rsync-only', 'yes'),
      env: NO_TMP,
    },
  ],
  'slave list': [LIES_WITHIN],
  'slave set': [
    noSlave(false, 'jobs=2'),
    wrong(/^Cannot set "jobs" of a slave to .*: wanted a number from 1 to 64$/, 'copy', 'jobs=0'),
    wrong(/^Cannot set "speed" of a slave: there is no such setting; there are jobs, /, 'copy', 'speed=9'),
  ],
  'slave remove': [noSlave(false), EMPTY_NAME],
  'slave pause': [noSlave(false), EMPTY_NAME],
  'slave resume': [noSlave(false), EMPTY_NAME],
  ship: [
    noSlave(true),
    wrong(/^option '--on-success <command>' argument '' is invalid\. wanted a program/, '--on-success', ''),
  ],
  verify: [
    noSlave(true),
    {
      args: ({ source }) => [source, '--slave', 'fresh'],
      says: /^Cannot verify slave "fresh": its first pass is not complete; run: markerfs ship$/,
    },
    wrong(/^option '--sample <percent>' argument '0%' is invalid\. wanted a percentage/, '--sample', '0%'),
  ],
  rescan: [
    {
      args: ({ source }) => [source, 'none'],
      says: /^Cannot rescan "none": it is not there; if it was removed, give the directory that it was in$/,
    },
    {
      args: ({ source, work }) => [source, work],
      says: /^Cannot find the volume of ".*": .*; give the path in the mount /,
    },
    {
      args: ({ source }) => [source, '.markerfs'],
      says: /^Cannot rescan "\.markerfs": it is a state folder, which is never shipped; give another path$/,
    },
  ],
  versions: [noSlave(true, 'd/file'), wrong(/^Cannot look for "\.\.\/x": it is no path of the volume$/, '../x')],
  restore: [
    {
      args: ({ source }) => [source, 'd/file', '--at', '1s'],
      status: 2,
      says: /^Cannot restore "d\/file": several slaves may have it; give one with --slave: "copy", "fresh", "second"$/,
    },
    {
      args: ({ source }) => [source, 'd/file', '--at', '2099-01-01', '--slave', 'copy'],
      says: /^Cannot restore "d\/file": ".*" is there, and is not written over; move it away, or give --to another /,
    },
    {
      args: ({ source, at }) => [source, 'd/file', '--at', '1d', '--slave', 'copy', '--to', at('empty')],
      says: /^Cannot restore "d\/file": nothing was there at that time; markerfs versions tells what is kept$/,
    },
    wrong(/^Cannot restore the whole volume: give a path in it$/, '.', '--at', '1h', '--slave', 'copy', '--to', '/'),
  ],
  status: [
    LIES_WITHIN,
    wrong(/^Cannot use "--max-lag": it says when a check is critical; give --check, too$/, '--max-lag', '5m'),
    { args: ({ at }) => [at('none')], says: new RegExp(`^Cannot open volume ".*/none": ${GONE}`) },
  ],
  checkpoint: [LIES_WITHIN],
  failures: [noSlave(true)],
  dirty: [noSlave(true), wrong(/^option '--depth <levels>' argument 'x' is invalid\. wanted a number/, '--depth', 'x')],
  why: [
    {
      args: ({ work }) => [work],
      says: /^Cannot find the volume of ".*": no directory above it .*; give the path in the /,
    },
    {
      args: ({ source }) => [join(source, '.markerfs')],
      status: 2,
      says: /^Cannot tell about ".markerfs": it is a state folder, which is never shipped; give another path$/,
    },
  ],
  journal: [LIES_WITHIN],
  metrics: [
    listening(
      '192.0.2.1:1',
      /^Cannot listen on "192\.0\.2\.1:1": this machine has no such address; choose one that it has /,
    ),
    listening('unix:WORK/none/x', new RegExp(`^Cannot listen on "unix:.*": cannot use ".*/none": ${GONE}`)),
    listening('unix:WORK/file', /^Cannot listen on ".*": there is something that is no socket; choose another path$/),
    listening('unix:', /^Cannot listen on "unix:": wanted unix:PATH$/, 2),
    listening('127.0.0.1', /^Cannot listen on "127\.0\.0\.1": wanted ADDRESS:PORT, such as /, 2),
  ],
  dashboard: [
    {
      args: ({ source, at }) => [source, '--listen', '127.0.0.1:0', '--token-file', at('none')],
      says: new RegExp(`^Cannot use token file ".*/none": ${GONE}`),
    },
    {
      args: ({ source, at }) => [source, '--listen', '127.0.0.1:0', '--token-file', at('open')],
      says: /^Cannot use token file ".*\/open": others can read it; run: chmod 600 ".*\/open"$/,
    },
    listening(
      '0.0.0.0:0',
      /^Cannot listen on "0\.0\.0\.0:0": .* that takes --token-file FILE; make one with: \(umask /,
      2,
    ),
    listening('x', /^Cannot listen on "x": wanted ADDRESS:PORT, such as /, 2),
  ],
  agent: [
    { args: () => ['--root', 'relative'], status: 2, says: /^Cannot serve "relative": wanted an absolute path$/ },
    { args: () => [], status: 2, says: /^required option '--root <dir>' not specified; wanted: markerfs agent / },
  ],
  config: [{ args: () => ['chek'], status: 2, says: /^Unknown verb "config chek"; did you mean check\?$/ }],
  'config check': CONFIG,
  'config apply': CONFIG,
  'config run': CONFIG,
  'install-service': [
    {
      args: ({ source, at }) => [source, '--name', 'a', '--etc', at('file')],
      says: /^Cannot write ".*": it is not a directory; give a directory$/,
    },
    {
      args: ({ source }) => [source, '--name', 'a b'],
      says: /^Cannot make a service of volume ".*": "a b" is no name for one; give --name, of A-Z a-z 0-9 : _ \. -$/,
    },
    {
      args: () => ['--config', '/a %.toml'],
      says: /^Cannot make a service of "\/a %\.toml": its name has characters that mean something to systemd; rename it$/,
    },
    { args: () => [], status: 2, says: /^Cannot make a service: wanted either a source or --config FILE$/ },
  ],
  destroy: [
    {
      args: ({ source }) => [source, '--yes'],
      says: /^Cannot destroy volume ".*": it is mounted on ".*"; unmount it first \(markerfs umount ".*"\)$/,
    },
    EMPTY,
  ],
  completion: [{ args: () => ['csh'], status: 2, says: /'csh' is invalid .*Allowed choices are bash, zsh, fish\.$/ }],
  man: [
    {
      args: () => ['x'],
      status: 2,
      says: /^too many arguments .*; wanted: markerfs man \[options\]; see: markerfs help man$/,
    },
  ],
};
