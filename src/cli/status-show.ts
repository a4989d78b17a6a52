import type { Recovery } from '../journal/recovery.js';
import type { CheckpointStatus } from '../journal/status.js';
import type { Behind, SlaveStanding, Standing } from '../ship/report/standing.js';
import type { LastPass, SlaveState } from '../volume/slaves.js';
import { showDuration } from './duration.js';
import { bad, doubtful, faint, good, strong } from './style.js';
import { count, plainLine, showBytes, showName, showSecond, table } from './text.js';

/** Lines for passes and for failures, of all slaves together. */
const MOST_PASSES = 6;
const MOST_FAILURES = 10;

const PAINT: Readonly<Record<SlaveState, (text: string) => string>> = {
  active: good,
  initializing: doubtful,
  paused: doubtful,
  stopped: doubtful,
  faulty: bad,
};

/** How a volume is, for people. */
export function show({ volume, slaves }: Standing, nowUs: number): string {
  const parts = [table(describe(volume))];
  if (slaves.length > 0) parts.push([slaveTable(slaves, nowUs), ...slaves.flatMap(remarks)].join('\n'));
  const passes = showPasses(slaves);
  const failures = showFailures(slaves, nowUs);
  return [...parts, ...passes, ...failures].join('\n\n');
}

function describe(volume: Standing['volume']): string[][] {
  const { uuid, source, mountpoint, state, reason, pid, engine, passthrough, journal, recovery, checkpoint } = volume;
  const place = mountpoint === null ? 'nowhere' : showName(Buffer.from(mountpoint));
  const how = pid === null ? '' : ` (pid ${pid}, engine ${engine}, ${passthrough ? 'passthrough' : 'no passthrough'})`;
  const { records, head, bytes, whole } = journal;
  const stands = `${count(records, 'record')} up to ${head}, ${showBytes(bytes)}`;
  const rows: [string, string][] = [
    ['volume', `${showName(Buffer.from(source))} (${uuid})`],
    ['mounted', `${place}${how}`],
    ['state', PAINT[state](reason === null ? state : `${state}: ${plainLine(reason)}`)],
    ['journal', `${stands}, ${whole ? 'whole' : doubtful('not whole: the next pass walks')}`],
  ];
  if (recovery) rows.push(['recovery', doubtful(showRecovery(recovery))]);
  if (checkpoint) rows.push(['checkpoint', showCheckpoint(checkpoint)]);
  return rows.map(([key, value]) => [strong(key), value]);
}

function showCheckpoint({ timeUs, behind }: CheckpointStatus): string {
  return `${showSecond(timeUs)}, ${behind.length === 0 ? good('reached') : doubtful(`not reached by ${behind.join(', ')}`)}`;
}

function showRecovery({ pid, seenUs, noticedUs, waiting }: Recovery): string {
  const cause = `the daemon (pid ${pid}) did not end in order, some time after ${showSecond(seenUs)}`;
  const remedy = noticedUs === null ? 'mount again' : 'nothing to do';
  return `${cause}; ${remedy}: the next pass ${waiting.length > 0 ? `of ${waiting.join(', ')} ` : ''}walks`;
}

function heading(...names: string[]): string[] {
  return names.map(strong);
}

function slaveTable(slaves: readonly SlaveStanding[], nowUs: number): string {
  const heads = heading('SLAVE', 'STATE', 'SYNCED UP TO', 'BEHIND', 'RATE', 'LAST PASS', 'FAILURES', 'TARGET');
  return table([heads, ...slaves.map((slave) => row(slave, nowUs))]);
}

function row(slave: SlaveStanding, nowUs: number): string[] {
  const { name, state, syncPoint, failures, target } = slave;
  return [
    name,
    PAINT[state](state),
    syncPoint === null ? 'never' : showSecond(syncPoint),
    showBehind(slave),
    rate(slave),
    lastPass(slave.lastPass, nowUs),
    failures > 0 ? bad(String(failures)) : '0',
    showName(Buffer.from(target)),
  ];
}

function showBehind({ lagSeconds, behind }: SlaveStanding): string {
  const objects = behind === null ? '' : showObjects(behind);
  if (lagSeconds === null) return objects === '' ? '-' : objects;
  return objects === '' || behind?.objects === 0 ? showDuration(lagSeconds) : `${showDuration(lagSeconds)}, ${objects}`;
}

function showObjects({ objects, bytes, complete }: Behind): string {
  const more = complete ? '' : '+';
  return `${count(objects, 'object')}${more}, ${showBytes(bytes)}${more}`;
}

function rate({ running, passes }: SlaveStanding): string {
  if (running) return `${showBytes(running.bytesPerSecond)}/s`;
  const sent = passes.find(({ bytes, seconds }) => bytes > 0 && seconds > 0);
  return sent ? `${showBytes(Math.round(sent.bytes / sent.seconds))}/s` : '-';
}

function lastPass(pass: LastPass | null, nowUs: number): string {
  if (!pass) return 'none';
  return `${showDuration(Math.max(0, (nowUs - pass.startedUs) / 1e6 - pass.seconds))} ago, ${pass.crawl}`;
}

/** What a line of the table has no room for. */
function remarks({ name, state, reason, running, waiting, keepsDeleted }: SlaveStanding): string[] {
  const lines: string[] = [];
  if (state === 'faulty' && reason !== null) lines.push(`${name}: ${bad(plainLine(reason))}`);
  if (waiting > 0) lines.push(`${name}: ${count(waiting, 'file')} still being written, shipped once that ends`);
  if (keepsDeleted) lines.push(`${name}: keeps what is deleted on the source`);
  if (running) {
    const { crawl, objects, bytes, path } = running;
    const where = path === null ? '' : `, at "${showName(Buffer.from(path, 'latin1'))}"`;
    lines.push(`${name}: shipping (${crawl}): ${count(objects, 'object')}, ${showBytes(bytes)} so far${where}`);
  }
  return lines;
}

function showPasses(slaves: readonly SlaveStanding[]): string[] {
  const passes = slaves.flatMap((slave) => slave.passes).sort((one, other) => other.startedUs - one.startedUs);
  if (passes.length === 0) return [];
  const heads = heading(
    'LAST PASSES',
    'SLAVE',
    'CRAWL',
    'SHIPPED',
    'RENAMED',
    'DELETED',
    'FAILED',
    'BYTES',
    'WIRE',
    'TOOK',
  );
  const rows = passes.slice(0, MOST_PASSES).map(passRow);
  return [table([heads, ...rows])];
}

function passRow(pass: LastPass): string[] {
  const { slave, startedUs, crawl, shipped, renamed, deleted, failed, bytes, wireBytes, seconds, error } = pass;
  const wire = wireBytes === undefined ? '-' : showBytes(wireBytes);
  const counts = [shipped, renamed, deleted, failed].map(String);
  const end = error === undefined ? '' : bad(plainLine(error));
  return [showSecond(startedUs), slave, crawl, ...counts, showBytes(bytes), wire, showDuration(seconds), end];
}

function showFailures(slaves: readonly SlaveStanding[], nowUs: number): string[] {
  const failed = slaves.flatMap(({ name, failed }) => failed.map((path) => ({ name, ...path })));
  if (failed.length === 0) return [];
  const rows = failed.slice(0, MOST_FAILURES).map(({ name, path, attempts, nextTryUs, reason }) => {
    const waits = (nextTryUs - nowUs) / 1e6;
    const next = waits > 0 ? `in ${showDuration(waits)}` : 'with the next pass';
    const shown = path.length === 0 ? '.' : showName(path);
    return [shown, name, String(attempts), next, plainLine(reason)];
  });
  const all = slaves.reduce((sum, { failures }) => sum + failures, 0);
  const rest = all > rows.length ? [faint(`and ${all - rows.length} more; "markerfs why" tells about each`)] : [];
  return [[table([heading('FAILED', 'SLAVE', 'TRIES', 'NEXT TRY', 'REASON'), ...rows]), ...rest].join('\n')];
}
