import { type Command, Option } from 'commander';
import type { DaemonOptions } from '../daemon/options.js';
import { explain, type VolumeOptions, withStateDir } from './help.js';
import { say, tell } from './say.js';
import { showName } from './text.js';

interface MountOptions extends VolumeOptions {
  readonly foreground?: true;
  readonly engine: DaemonOptions['engine'];
}

/** `markerfs <source> <mountpoint>` */
export function addMount(program: Command): void {
  program
    .argument('<source>', 'directory to mount')
    .argument('<mountpoint>', 'empty directory where applications will find it')
    .option('-f, --foreground', 'stay in the foreground until it is unmounted (SIGINT and SIGTERM unmount)')
    .addOption(new Option('--engine <name>', 'what serves the mount').choices(['markerfs']).default('markerfs'))
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
is that of a verb is written "./ship".`,
  );
}

async function mount(source: string, mountpoint: string, options: MountOptions): Promise<void> {
  if (options.foreground) await serve({ source, mountpoint, ...options, foreground: true });
  else await start(source, mountpoint, options);
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

async function start(source: string, mountpoint: string, { engine, stateDir }: MountOptions): Promise<void> {
  const [{ planMount }, { startDaemon }] = await Promise.all([
    import('../volume/mounting.js'),
    import('./start-daemon.js'),
  ]);
  const plan = planMount(source, mountpoint);
  if (plan.removedDeadMount) tell(`Removed the mount that a killed daemon had left at "${plan.mountpoint}"`);
  const notes = await startDaemon({ ...plan, engine, ...(stateDir === undefined ? {} : { stateDir }) });
  for (const note of notes) tell(note);
  say(told(plan));
}
