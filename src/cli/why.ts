import type { Command } from 'commander';
import type { JournalRecord } from '../journal/record.js';
import type { Why, WhySlave } from '../ship/report/why.js';
import type { Located } from '../volume/locate.js';
import type { PendingPath } from '../volume/pending.js';
import { showDuration } from './duration.js';
import { explain, type VolumeOptions, withStateDir } from './help.js';
import { recordJson, recordLine } from './records.js';
import { say, sayJson } from './say.js';
import { bad, doubtful, faint, good, strong } from './style.js';
import { count, jsonName, plainLine, showName, showTime, table } from './text.js';

/** `markerfs why <path>` */
export function addWhy(program: Command): void {
  const command = program
    .command('why')
    .description('tell why a path is, or is not, on each slave')
    .argument('<path>', 'a path in the mount or in the source; it need not exist')
    .option('--json', 'print one object')
    .action(why);
  withStateDir(command);
  explain(
    command,
    ['markerfs why /mnt/vol/report.pdf', 'markerfs why /data/gone --json'],
    `Tells of the path: when it was marked as changed; of each slave: whether the next pass looks at it,
and why, and what keeps it from being shipped; and the last records of it in the journal.`,
  );
}

async function why(name: string, options: VolumeOptions & { json?: true }): Promise<void> {
  const [{ locate }, { rawArgument }, { why }] = await Promise.all([
    import('../volume/locate.js'),
    import('./raw-argument.js'),
    import('../ship/report/why.js'),
  ]);
  const located = locate(rawArgument(name), options.stateDir);
  const found = await why(located.volume, located.path);
  if (options.json) sayJson(toJson(located, found));
  else show(located, found);
}

function toJson({ volume, path }: Located, { entry, xtime, movedUs, slaves, records }: Why): object {
  return {
    source: volume.source,
    ...jsonName('path', Buffer.from(path, 'latin1')),
    exists: entry !== undefined,
    xtime: xtime ?? null,
    movedUs: movedUs ?? null,
    slaves: slaves.map(({ failure, ...slave }) => ({ ...slave, failure: failure && failureJson(failure) })),
    records: records?.map(recordJson) ?? null,
  };
}

function failureJson({ path, kind, reason, attempts, nextTryUs }: PendingPath): object {
  return { ...jsonName('path', path), kind, reason, attempts, nextTryUs };
}

function show({ volume, path }: Located, { entry, xtime, movedUs, slaves, records }: Why): void {
  const rows = [
    ['volume', showName(Buffer.from(volume.source))],
    ['path', path === '' ? '.' : showName(Buffer.from(path, 'latin1'))],
    ['marked', entry === undefined ? 'there is no such object' : xtime === undefined ? 'never' : showTime(xtime)],
  ];
  if (movedUs !== undefined) rows.push(['moved', showTime(movedUs)]);
  say(table(rows.map(([key = '', value = '']) => [strong(key), value])));
  say('');
  for (const slave of slaves) say(line(slave));
  say(slaves.length === 0 ? 'The volume has no slaves' : '');
  showRecords(records);
}

function line({ name, dirty, excluded, reason, syncPoint, failure }: WhySlave): string {
  const upTo = syncPoint === null ? '' : ` (synced up to ${showTime(syncPoint)})`;
  const clean = excluded ? faint('excluded') : good('clean');
  const state = failure?.kind === 'failed' ? bad('failed') : dirty ? doubtful('dirty') : clean;
  return `${name}: ${state}: ${reason}${upTo}${failure ? trouble(failure) : ''}`;
}

function trouble({ path, reason, attempts, nextTryUs }: PendingPath): string {
  const waits = nextTryUs / 1e6 - Date.now() / 1000;
  const next = waits > 0 ? `in ${showDuration(waits)}` : 'with the next pass';
  return `\n  "${showName(path)}": ${plainLine(reason)}; tried ${count(attempts, 'time')}, again ${next}`;
}

function showRecords(records: readonly JournalRecord[] | undefined): void {
  if (!records) say('The journal cannot be read');
  else if (records.length === 0) say('The journal has no record of it');
  else for (const record of [...records].reverse()) say(recordLine(record));
}
