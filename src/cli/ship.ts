import type { Command } from 'commander';
import type { PassResult } from '../ship/commit.js';
import { parseDuration, showDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson, tell } from './say.js';
import { endSignal } from './signals.js';
import { count, showBytes } from './text.js';

interface ShipOptions extends VolumeOptions {
  readonly slave?: readonly string[];
  /** Milliseconds. */
  readonly interval?: number;
  readonly json?: true;
}

/** `markerfs ship <source>` */
export function addShip(program: Command): void {
  const command = program
    .command('ship')
    .description('bring slaves up to date')
    .argument('<source>', SOURCE_HELP)
    .option('--slave <name>', 'this slave only; may be repeated', (name: string, names: readonly string[] = []) => [
      ...names,
      name,
    ])
    .option('--interval <time>', 'go on, with a pass each 30s, 5m, 1h …, until SIGINT or SIGTERM', parseDuration)
    .option('--json', 'print one object a line and slave')
    .action(ship);
  withStateDir(command);
  explain(
    command,
    ['markerfs ship /data', 'markerfs ship /data --slave backup --json', 'markerfs ship /data --interval 30s'],
    `Each pass and slave is a line: { slave, crawl, considered, shipped, renamed, deleted, failed, bytes,
seconds, syncPoint }, and "error" where the pass failed as a whole.
  crawl       how the pass found what to do: initial (everything), walk (marks), journal (records)
  considered  objects looked at
  shipped     objects brought over; renamed, deleted: done to the copy without a transfer
  failed      objects that could not be brought over and will be tried again
  syncPoint   everything up to then is on the slave; microseconds since 1970 in JSON, null before
              the first complete pass`,
  );
}

async function ship(source: string, options: ShipOptions): Promise<void> {
  const [volumes, { ship }] = await Promise.all([import('../volume/volume.js'), import('../ship/ship.js')]);
  const volume = volumes.openVolume(source, options.stateDir);
  const signal = endSignal();
  const results = await ship(volume, {
    ...(options.slave === undefined ? {} : { slaves: options.slave }),
    ...(options.interval === undefined ? {} : { intervalMs: options.interval }),
    signal,
    onPass: options.json ? sayJson : (result) => show(result),
  });
  if (results.length === 0) tell(`Nothing to ship: volume "${volume.source}" has no slaves that are not paused`);
  // A loop that was told to end has done what it should, whatever pass it was in.
  process.exitCode = options.interval !== undefined && signal.aborted ? 0 : exitStatus(results);
}

function exitStatus(results: readonly PassResult[]): 0 | 1 | 3 {
  if (results.length > 0 && results.every(({ error }) => error !== undefined)) return 1;
  return results.some(({ error, failed }) => error !== undefined || failed > 0) ? 3 : 0;
}

function show(result: PassResult): void {
  if (result.error !== undefined) {
    tell(`${result.slave}: ${result.error}`);
    return;
  }
  const { slave, crawl, considered, shipped, renamed, deleted, failed, bytes, seconds } = result;
  const done = [
    `${count(shipped, 'object')} shipped (${showBytes(bytes)})`,
    `${renamed} renamed`,
    `${deleted} deleted`,
  ];
  if (failed > 0) done.push(`${failed} FAILED, to be retried`);
  say(`${slave}: ${crawl}, ${count(considered, 'object')} considered, ${done.join(', ')}, ${showDuration(seconds)}`);
}
