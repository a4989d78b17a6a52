import { type Command, Option } from 'commander';
import type { Standing } from '../ship/report/standing.js';
import { parseDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson } from './say.js';
import { jsonName } from './text.js';

interface StatusOptions extends VolumeOptions {
  readonly json?: true;
  readonly check?: true;
  /** Milliseconds. */
  readonly maxLag?: number;
  readonly watch?: true;
}

/** `markerfs status <source>` */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('tell how a volume and its slaves are')
    .argument('<source>', SOURCE_HELP)
    .addOption(new Option('--json', 'print one object').conflicts(['check', 'watch']))
    .addOption(new Option('--check', 'print one line and exit as monitoring systems want it').conflicts('watch'))
    .option('--max-lag <time>', 'with --check: a slave that is further behind is critical', parseDuration)
    .option('--watch', 'show it again and again on the terminal, until SIGINT or SIGTERM')
    .action(status);
  withStateDir(command);
  explain(
    command,
    ['markerfs status /data', 'markerfs status /mnt/vol --json', 'markerfs status /data --check --max-lag 10m'],
    `Columns:
  STATE         initializing, active, faulty, paused or stopped
  SYNCED UP TO  every change up to then is on the slave
  BEHIND        age of the oldest change that is not on the slave, and the changed objects and their
                size; + where there are more than were counted
  RATE          of the pass under way, or of the last one that sent something
  LAST PASS     how long ago, and how it found what to do: initial (all), walk (marks), journal
  FAILURES      paths that could not be shipped and will be tried again

--check follows the plugins of Nagios, and has their exit status instead of markerfs's own:
  0 OK
  1 WARNING   paths failed; the first pass is not complete; a slave is paused; there are no slaves
  2 CRITICAL  not mounted; volume or slave faulty; further behind than --max-lag; wrong usage
  3 UNKNOWN   the volume cannot be looked at`,
  );
}

async function status(source: string, options: StatusOptions): Promise<void> {
  if (options.maxLag !== undefined && !options.check) {
    const { UserError } = await import('../volume/errors.js');
    throw new UserError('Cannot use "--max-lag": it says when a check is critical; give --check, too', 2);
  }
  if (options.check) {
    const { check } = await import('./status-check.js');
    return check(() => look(source, options), options.maxLag);
  }
  if (options.watch) {
    const { watch } = await import('./status-watch.js');
    return watch(() => look(source, options));
  }
  const standing = await look(source, options);
  if (options.json) return sayJson(toJson(standing));
  const { show } = await import('./status-show.js');
  say(show(standing, Date.now() * 1000));
}

async function look(source: string, { stateDir }: VolumeOptions): Promise<Standing> {
  const [{ openVolume }, { State }, { JournalReader }, { readStanding }] = await Promise.all([
    import('../volume/volume.js'),
    import('../volume/state.js'),
    import('../journal/reader.js'),
    import('../ship/report/standing.js'),
  ]);
  const volume = openVolume(source, stateDir);
  const state = State.open(volume);
  const reader = JournalReader.open(volume.stateDir);
  try {
    return await readStanding(volume, { state, reader });
  } finally {
    reader?.close();
    state.close();
  }
}

function toJson({ volume, slaves }: Standing): object {
  return {
    volume,
    slaves: slaves.map(({ running, failed, ...slave }) => ({
      ...slave,
      running: running && { ...running, ...jsonPath(running.path) },
      failed: failed.map(({ path, reason, attempts, nextTryUs }) => ({
        ...jsonName('path', path),
        ...{ reason, attempts, nextTryUs },
      })),
    })),
  };
}

function jsonPath(path: string | null): Record<string, string | null> {
  return path === null ? { path } : jsonName('path', Buffer.from(path, 'latin1'));
}
