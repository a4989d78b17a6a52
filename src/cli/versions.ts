import { type Command, InvalidArgumentError } from 'commander';
import type { ListedVersion } from '../ship/versions.js';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../syscalls/index.js';
import { durationMs } from '../volume/duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson, tell } from './say.js';
import { strong } from './style.js';
import { count, showBytes, showSecond, table } from './text.js';

interface VersionsOptions extends VolumeOptions {
  readonly slave?: string;
  readonly json?: true;
}

/** The exit status where no slave could be asked, and where some could not. */
const NOBODY = 1;
const NOT_ALL = 3;

const COPY_HELP = `${SOURCE_HELP}; or, on its machine, the copy`;
const PATH_HELP = 'in the source, in the mount, or relative to the source';

/** `markerfs versions <source> <path>` */
export function addVersions(program: Command): void {
  const versions = program
    .command('versions')
    .description('list the old versions of a path that slaves keep')
    .argument('<source>', COPY_HELP)
    .argument('<path>', PATH_HELP)
    .option('--slave <name>', 'of this slave only')
    .option('--json', 'print one object a line and version')
    .action(list);
  withStateDir(versions);
  explain(
    versions,
    ['markerfs versions /data reports/2026.ods', 'markerfs versions /srv/copy reports/2026.ods'],
    `SINCE is when it came to the slave ("-": not known), UNTIL when a pass replaced or deleted it
("now": it is there). A slave keeps them with keep-versions (markerfs slave set --help). What was
renamed has its older versions under its older name. Slaves on other machines are asked, too. Where
one cannot be asked, the exit status is 3, and 1 where none can.
JSON: { slave, sinceUs, untilUs, kind, bytes, modifiedUs }, kind of file, directory, symlink, other.`,
  );
}

/** `markerfs restore <source> <path>` */
export function addRestore(program: Command): void {
  const restoring = program
    .command('restore')
    .description('bring back what was at a path at a time')
    .argument('<source>', COPY_HELP)
    .argument('<path>', PATH_HELP)
    .requiredOption('--at <time>', 'such as "2026-01-31 12:34:56Z", or how long ago: 30m, 2h, 5d', parseTime)
    .option('--slave <name>', 'from this slave; to be given where there are several')
    .option('--to <dir>', 'a copy into this directory; into the mount, where it was, if not given')
    .action(restore);
  withStateDir(restoring);
  explain(
    restoring,
    [
      'markerfs restore /data reports/2026.ods --at 2h',
      'markerfs restore /data reports --at "2026-01-31 12:00Z" --to /tmp',
    ],
    `A directory is brought back with all that was in it at that time; what was renamed since, under the
name that it has by now. Nothing is written over: what is in the place has to be moved away first.
In the mount what comes back is a change like any other, which the next pass ships.`,
  );
}

function parseTime(text: string): number {
  const agoMs = durationMs(text);
  if (agoMs !== undefined) return (Date.now() - agoMs) * 1000;
  const timeMs = Date.parse(text.trim().replace(' ', 'T'));
  if (!Number.isNaN(timeMs)) return timeMs * 1000;
  throw new InvalidArgumentError('wanted a time like "2026-01-31 12:34:56Z", or how long ago: 30m, 2h, 5d.');
}

async function load(source: string, path: string, { stateDir, slave }: VersionsOptions) {
  const [old, { rawArgument }] = await Promise.all([import('../ship/versions.js'), import('./raw-argument.js')]);
  const kept = old.findCopies(source, {
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(slave === undefined ? {} : { slave }),
  });
  for (const name of kept.without) tell(`Slave "${name}" keeps no old versions: only rsync reaches it`);
  return { old, kept, at: old.pathInCopy(kept, rawArgument(path)) };
}

async function list(source: string, path: string, options: VersionsOptions): Promise<void> {
  const { old, kept, at } = await load(source, path, options);
  const asked = await Promise.allSettled(kept.copies.map((copy) => old.listVersions(copy, at)));
  const found = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (options.json) for (const { kind, ...version } of found) sayJson({ ...version, kind: kindOf(kind) });
  else if (found.length > 0)
    say(table([['SINCE', 'UNTIL', 'SIZE', 'MODIFIED', 'SLAVE'].map(strong), ...found.map(row)]));
  else if (asked.every(({ status }) => status === 'fulfilled')) tell('There are no versions of it');
  await tellFailures(asked);
}

/** One slave that cannot be asked keeps nobody from what the others have. */
async function tellFailures(asked: readonly PromiseSettledResult<unknown>[]): Promise<void> {
  const reasons = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  if (reasons.length === 0) return;
  const { UserError } = await import('../volume/errors.js');
  for (const reason of reasons) {
    if (!(reason instanceof UserError)) throw reason;
    tell(reason.message);
  }
  process.exitCode = reasons.length === asked.length ? NOBODY : NOT_ALL;
}

function row({ slave, sinceUs, untilUs, kind, bytes, modifiedUs }: ListedVersion): string[] {
  const size = kind === S_IFREG ? showBytes(bytes) : kindOf(kind);
  const [since, until] = [sinceUs === null ? '-' : showSecond(sinceUs), untilUs === null ? 'now' : showSecond(untilUs)];
  return [since, until, size, showSecond(modifiedUs), slave];
}

function kindOf(kind: number): string {
  return (
    new Map([
      [S_IFREG, 'file'],
      [S_IFDIR, 'directory'],
      [S_IFLNK, 'symlink'],
    ]).get(kind) ?? 'other'
  );
}

async function restore(
  source: string,
  path: string,
  options: VersionsOptions & { at: number; to?: string },
): Promise<void> {
  const { old, kept, at } = await load(source, path, options);
  const [{ UserError }, { markerfsMountsOf }] = await Promise.all([
    import('../volume/errors.js'),
    import('../volume/mounts.js'),
  ]);
  const [copy, ...others] = kept.copies;
  if (others.length > 0) {
    const names = kept.copies.map(({ name }) => `"${name}"`).join(', ');
    throw new UserError(`Cannot restore "${path}": several slaves may have it; give one with --slave: ${names}`, 2);
  }
  if (!copy) throw new UserError(`Cannot restore "${path}": no slave keeps old versions`);
  const mount = kept.volume && markerfsMountsOf(kept.volume.source)[0]?.mountpoint;
  const above = at.split('/').slice(0, -1).join('/');
  const into = options.to ?? (mount === undefined ? undefined : `${mount}/${Buffer.from(above, 'latin1')}`);
  if (into === undefined)
    throw new UserError(
      `Cannot restore "${path}": nothing is mounted, and the change would go unseen; mount, or give --to a directory`,
    );
  const objects = await old.restore(copy, at, options.at, into);
  say(`${count(objects, 'object')} restored to ${into} from slave ${copy.name}, as of ${showSecond(options.at)}`);
}
