import type { Command } from 'commander';
import type { SlaveStatus, VolumeStatus } from '../journal/status.js';
import { showDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson } from './say.js';
import { count, plainLine, showBytes, showName, showTime, table } from './text.js';

/** `markerfs status <source>` */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('tell how a volume and its slaves are')
    .argument('<source>', SOURCE_HELP)
    .option('--json', 'print one object')
    .action(status);
  withStateDir(command);
  explain(
    command,
    ['markerfs status /data', 'markerfs status /mnt/vol --json'],
    `Columns:
  STATE       initializing, active, faulty, paused or stopped
  CRAWL       how the last pass found what to do: initial (all), walk (marks), journal (records)
  SYNC POINT  every change up to then is on the slave
  LAG         age of the oldest change that is not on the slave
  PENDING     changes that wait for the next pass; ? where the journal cannot tell
  FAILURES    paths that could not be shipped and will be tried again

JSON: { volume: { uuid, source, mountpoint, state, reason, pid, engine, passthrough, epoch,
journal: { records, head, bytes, whole } }, slaves: [ { name, target, state, reason, crawl,
syncPoint, lagSeconds, pending, failures, lastPass } ] }, times in microseconds since 1970.
What is not known is null.`,
  );
}

async function status(source: string, options: VolumeOptions & { json?: true }): Promise<void> {
  const [{ openVolume }, { volumeStatus }] = await Promise.all([
    import('../volume/volume.js'),
    import('../journal/status.js'),
  ]);
  const found = await volumeStatus(openVolume(source, options.stateDir));
  if (options.json) sayJson(found);
  else show(found);
}

function show({ volume, slaves }: VolumeStatus): void {
  say(table(describe(volume)));
  if (slaves.length === 0) return;
  const heads = ['SLAVE', 'STATE', 'CRAWL', 'SYNC POINT', 'LAG', 'PENDING', 'FAILURES', 'TARGET'];
  say(`\n${table([heads, ...slaves.map(row)])}`);
  for (const { name, reason, state } of slaves) {
    if (state === 'faulty' && reason !== null) say(`${name}: ${plainLine(reason)}`);
  }
}

function describe({
  uuid,
  source,
  mountpoint,
  state,
  reason,
  pid,
  engine,
  passthrough,
  journal,
}: VolumeStatus['volume']): string[][] {
  const place = mountpoint === null ? 'nowhere' : showName(Buffer.from(mountpoint));
  const how = pid === null ? '' : ` (pid ${pid}, engine ${engine}, ${passthrough ? 'passthrough' : 'no passthrough'})`;
  const { records, head, bytes, whole } = journal;
  return [
    ['volume', `${showName(Buffer.from(source))} (${uuid})`],
    ['mounted', `${place}${how}`],
    ['state', reason === null ? state : `${state}: ${plainLine(reason)}`],
    [
      'journal',
      `${count(records, 'record')} up to ${head}, ${showBytes(bytes)}, ${whole ? 'whole' : 'not whole: the next pass walks'}`,
    ],
  ];
}

function row({ name, state, crawl, syncPoint, lagSeconds, pending, failures, target }: SlaveStatus): string[] {
  const when = syncPoint === null ? 'never' : showTime(syncPoint);
  const lag = lagSeconds === null ? '-' : showDuration(lagSeconds);
  return [name, state, crawl, when, lag, String(pending ?? '?'), String(failures), showName(Buffer.from(target))];
}
