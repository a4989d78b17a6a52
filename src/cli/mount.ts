import { type Command, Option } from 'commander';
import { type DaemonOptions, type EngineName, engines } from '../daemon/options.js';
import { UserError } from '../volume/errors.js';
import { explain, type VolumeOptions, withStateDir } from './help.js';
import type { MountSettings } from './mount-settings.js';
import { say, tell } from './say.js';
import { showName } from './text.js';

interface MountOptions extends VolumeOptions {
  readonly foreground?: true;
  readonly engine?: EngineName;
  readonly debugFuse?: true;
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
    .option('--debug-fuse', 'log each request and its answer; implies -f')
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
sync, dirsync, allow_other (root's mounts are for every user anyway), engine=NAME, state-dir=DIR,
journal-keep=TIME (24h: how long records stay that every slave has), journal-limit=SIZE (1G: then
the oldest records go, and a slave that lacks them walks the marks instead).
With markerfs in PATH, "mount -t fuse.markerfs" and /etc/fstab take them too:
  /data /mnt/vol fuse.markerfs noatime,nosuid 0 0`,
  );
}

async function mount(source: string, mountpoint: string, options: MountOptions): Promise<void> {
  const { mountSettings } = await import('./mount-settings.js');
  const settings = mountSettings(options.option ?? [], options);
  const { debugFuse } = options;
  if (debugFuse && settings.engine !== 'markerfs')
    throw new UserError(`Cannot log requests of the engine ${settings.engine}: its library keeps them to itself`, 2);
  if (options.foreground || debugFuse)
    await serve({ source, mountpoint, ...settings, ...(debugFuse ? { debugFuse } : {}), foreground: true });
  else await start(source, mountpoint, settings);
}

function told({ source, mountpoint }: { source: string; mountpoint: string }): string {
  return `Mounted "${showName(Buffer.from(source))}" on "${showName(Buffer.from(mountpoint))}"`;
}

async function serve(options: DaemonOptions): Promise<void> {
  const [{ serveVolume }, { notifySystemd }, { askMount }] = await Promise.all([
    import('../daemon/serve.js'),
    import('../daemon/notify.js'),
    import('../daemon/answers.js'),
  ]);
  const { ended, notes, mountpoint } = await serveVolume(options);
  for (const note of notes) tell(note);
  say(told({ source: options.source, mountpoint }));
  notifySystemd(async () => (await askMount(mountpoint)) === 'answers');
  process.exitCode = await ended;
}

async function start(source: string, mountpoint: string, settings: MountSettings): Promise<void> {
  const { startMount } = await import('./start-daemon.js');
  say(told(await startMount(source, mountpoint, settings)));
}
