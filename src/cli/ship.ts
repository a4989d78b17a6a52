import { type Command, Option } from 'commander';
import type { PassResult } from '../ship/commit.js';
import type { Action } from '../ship/rehearsal.js';
import { type BytePath, toBytes } from '../slave/path.js';
import type { DeleteLimit } from '../volume/delete-limit.js';
import { readDeleteLimit } from './delete-limit.js';
import { parseDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { type Commands, parseHookOption } from './hook-command.js';
import { sayPass } from './pass-line.js';
import { showPasses, showRehearsals } from './progress/show.js';
import { say, sayJson, tell } from './say.js';
import { endSignal } from './signals.js';
import { jsonName, showName } from './text.js';

interface ShipOptions extends VolumeOptions, Commands {
  readonly slave?: readonly string[];
  /** Milliseconds. */
  readonly interval?: number;
  readonly maxDelete?: DeleteLimit;
  readonly confirmDeletes?: true;
  readonly dryRun?: true;
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
    .option(
      '--max-delete <limit>',
      'a pass that would delete more objects of a slave at once, such as 1000 or 10%, fails before it does; may be repeated',
      readDeleteLimit,
    )
    .option('--confirm-deletes', 'delete whatever is to be deleted, also where the source is empty')
    .addOption(new Option('--dry-run', 'change nothing, and tell what would be done').conflicts('interval'))
    .option('--on-success <command>', 'a program to run after each pass of a slave that succeeded', parseHookOption)
    .option(
      '--on-failure <command>',
      'a program to run after each one that failed, as a whole or for a path',
      parseHookOption,
    )
    .option('--json', 'print one object a line and slave')
    .action(ship);
  withStateDir(command);
  explain(
    command,
    ['markerfs ship /data', 'markerfs ship /data --slave backup --json', 'markerfs ship /data --interval 30s'],
    `Each pass and slave is a line: { slave, crawl, considered, unchanged, shipped, renamed, deleted,
failed, waiting, bytes, wireBytes, seconds, phases, syncPoint }, and "error" where the pass failed
as a whole.
  crawl       how the pass found what to do: initial (everything), walk (marks), journal (records)
  considered  objects looked at
  unchanged   files that were compared, and whose content was right
  shipped     objects brought over; renamed, deleted: done to the copy without a transfer
  failed      objects that could not be brought over and will be tried again
  waiting     files that are still being written and wait (the setting settle)
  bytes       content that was sent; wireBytes: all that the two rsyncs sent each other
  phases      seconds of begin, moves, transfer (with finding), deletes, flush
  syncPoint   everything up to then is on the slave; microseconds since 1970 in JSON, null before
              the first complete pass
--dry-run names each object that it would ship, rename or delete, in JSON { slave, action, path,
path2 }, before the pass's line, which has dryRun. Bytes are at most so many: rsync sends what
differs. What cannot be read or written is found by the pass itself. Where only rsync reaches the
slave, rsync tells, with --dry-run; of a directory that something else takes the place of, what is
in it.
A command of --on-success or --on-failure is a program and its arguments, separated by blanks,
without a shell or quoting. It finds the pass's JSON on its standard input, and MARKERFS_SOURCE and
MARKERFS_SLAVE in its environment. One that fails is told of, and changes nothing.
What is set for a slave (slave set max-delete=1000) holds besides --max-delete.
A source that is empty has no more than 100 objects deleted on a slave, unless --confirm-deletes:
its disk may not be mounted.`,
  );
}

async function ship(source: string, options: ShipOptions): Promise<void> {
  const [volumes, { ship }, { Hooks }] = await Promise.all([
    import('../volume/volume.js'),
    import('../ship/ship.js'),
    import('./hooks.js'),
  ]);
  const volume = volumes.openVolume(source, options.stateDir);
  const signal = endSignal();
  const hooks = new Hooks(volume.source, options);
  const rehearsal = options.dryRun && showRehearsals(volume);
  const progress = rehearsal ?? showPasses(volume, options.interval !== undefined);
  const results = await ship(volume, {
    ...(options.slave === undefined ? {} : { slaves: options.slave }),
    ...(options.interval === undefined ? {} : { intervalMs: options.interval }),
    ...(options.maxDelete === undefined ? {} : { maxDelete: options.maxDelete }),
    ...(options.confirmDeletes ? { confirmDeletes: true } : {}),
    signal,
    ...(rehearsal ? { rehearsal: { begin: rehearsal.begin, tell: options.json ? actionJson : sayAction } } : {}),
    onPass: (result) => {
      if (!options.dryRun) hooks.passed(result);
      if (options.json) sayJson(options.dryRun ? { ...result, dryRun: true } : result);
      else sayPass(result, options.dryRun ? 'dry run: ' : '');
    },
  }).finally(() => progress.end());
  await hooks.finish();
  if (results.length === 0) tell(`Nothing to ship: volume "${volume.source}" has no slaves that are not paused`);
  // A loop that was told to end has done what it should, whatever pass it was in.
  process.exitCode = options.interval !== undefined && signal.aborted ? 0 : exitStatus(results);
}

function exitStatus(results: readonly PassResult[]): 0 | 1 | 3 {
  if (results.length > 0 && results.every(({ error }) => error !== undefined)) return 1;
  return results.some(({ error, failed }) => error !== undefined || failed > 0) ? 3 : 0;
}

function sayAction(slave: string, action: Action): void {
  const second = action.action === 'rename' ? ` -> ${shown(action.path2)}` : '';
  say(`${slave}: would ${action.action} ${shown(action.path)}${second}`);
}

function actionJson(slave: string, action: Action): void {
  const second = action.action === 'rename' ? jsonName('path2', toBytes(action.path2)) : {};
  sayJson({ slave, action: action.action, ...jsonName('path', toBytes(action.path)), ...second });
}

function shown(path: BytePath): string {
  return path === '' ? '.' : showName(toBytes(path));
}
