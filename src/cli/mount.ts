import path from 'node:path';
import { type Command, Option } from 'commander';
import { type DaemonOptions, type EngineName, engines } from '../daemon/options.js';
import { UserError } from '../volume/errors.js';
import { explain, type VolumeOptions, withStateDir } from './help.js';
import { parseMountOptions } from './mount-options.js';
import { say, tell } from './say.js';
import type { Settings } from './start-daemon.js';
import { showName } from './text.js';

interface MountOptions extends VolumeOptions {
  readonly foreground?: true;
  readonly engine?: EngineName;
  readonly option?: readonly string[];
}

/** `markerfs <source> <mountpoint>` */
export function addMount(program: Command): void {
  program
    .argument('<source>', 'directory to mount')
    .argument('<mountpoint>', 'empty directory where applications will find it')
    .option('-f, --foreground', 'stay in the foreground until it is unmounted (SIGINT and SIGTERM unmount)')
    .option(
      '-o, --option <options>',
      'mount options as for mount(8), separated by commas; may be repeated',
      (list: string, lists: readonly string[] = []) => [...lists, list],
    )
    .addOption(new Option('--engine <name>', 'what serves the mount (default: markerfs)').choices(engines))
    .action(mount);
  withStateDir(program);
  explain(
    program,
    [
      'markerfs /data /mnt/vol                     # mount; returns when it is ready',
      'markerfs slave add /data backup /srv/copy   # tell it about a copy',
      'markerfs ship /data                         # bring all copies up to date',
      'markerfs status /data',
      'markerfs umount /mnt/vol',
    ],
    `Without a verb, mounts: applications work in <mountpoint> as they would in <source>, and every
change is marked and journaled. "markerfs <verb> --help" tells about a verb. A source whose name
is that of a verb is written "./ship".

Mount options: ro, rw, [no]dev, [no]suid, [no]exec, [no]atime, [no]diratime, relatime, strictatime,
sync, dirsync, allow_other (root's mounts are for every user anyway), engine=NAME, state-dir=DIR.
With markerfs in PATH, "mount -t fuse.markerfs" and /etc/fstab take them too:
  /data /mnt/vol fuse.markerfs noatime,nosuid 0 0`,
  );
}

async function mount(source: string, mountpoint: string, options: MountOptions): Promise<void> {
  const settings = settingsOf(options);
  if (options.foreground) await serve({ source, mountpoint, ...settings, foreground: true });
  else await start(source, mountpoint, settings);
}

/** What is given as an option of the command counts more than the same in `-o`. */
function settingsOf(options: MountOptions): Settings {
  const { engine: named, stateDir: there, ...flags } = parseMountOptions(options.option ?? []);
  const stateDir = options.stateDir ?? there;
  return {
    ...flags,
    engine: options.engine ?? knownEngine(named ?? 'markerfs'),
    ...(stateDir === undefined ? {} : { stateDir: path.resolve(stateDir) }),
  };
}

function knownEngine(name: string): EngineName {
  const engine = engines.find((known) => known === name);
  if (engine) return engine;
  throw new UserError(`Cannot mount: unknown engine "${name}", wanted ${engines.join(' or ')}`, 2);
}

function told({ source, mountpoint }: { source: string; mountpoint: string }): string {
  return `Mounted "${showName(Buffer.from(source))}" on "${showName(Buffer.from(mountpoint))}"`;
}

async function serve(options: DaemonOptions): Promise<void> {
  const { serveVolume } = await import('../daemon/serve.js');
  const { ended, notes, mountpoint } = await serveVolume(options);
  for (const note of notes) tell(note);
  say(told({ source: options.source, mountpoint }));
  process.exitCode = await ended;
}

async function start(source: string, mountpoint: string, settings: Settings): Promise<void> {
  const [{ planMount }, { startDaemon }] = await Promise.all([
    import('../volume/mounting.js'),
    import('./start-daemon.js'),
  ]);
  const plan = planMount(source, mountpoint);
  if (plan.removedDeadMount) tell(`Removed the mount that a killed daemon had left at "${plan.mountpoint}"`);
  const notes = await startDaemon(plan, settings);
  for (const note of notes) tell(note);
  say(told(plan));
}
