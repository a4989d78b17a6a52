import type { SlaveStanding, Standing } from '../ship/report/standing.js';
import { UserError } from '../volume/errors.js';
import { showDuration } from './duration.js';
import { say } from './say.js';
import { count, plainLine } from './text.js';

/** Exit status of a plugin of Nagios, by what it says. */
const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
type Level = 0 | 1 | 2 | 3;

interface Finding {
  readonly level: Level;
  readonly text: string;
}

/** One line for a monitoring system: the worst that there is, and what it may plot. `maxLagMs`: what is further behind is critical. */
export async function check(look: () => Promise<Standing>, maxLagMs: number | undefined): Promise<void> {
  let line: { level: Level; text: string };
  try {
    line = judge(await look(), maxLagMs);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    line = { level: 3, text: error.message };
  }
  // A bar separates what is to be plotted: there is none in the text.
  say(`MARKERFS ${LEVELS[line.level]} - ${plainLine(line.text)}`);
  process.exitCode = line.level;
}

function judge({ volume, slaves }: Standing, maxLagMs: number | undefined): Finding {
  const findings = [...judgeVolume(volume), ...slaves.flatMap((slave) => judgeSlave(slave, maxLagMs))];
  if (slaves.length === 0) findings.push({ level: 1, text: 'there are no slaves' });
  const level = Math.max(0, ...findings.map((one) => one.level)) as Level;
  const worst = [...findings]
    .sort((one, other) => other.level - one.level)
    .map(({ text }) => text.replaceAll('|', '/'));
  const text = worst.length > 0 ? worst.join('; ') : `${count(slaves.length, 'slave')} up to date`;
  return { level, text: `${text}${slaves.length > 0 ? ` | ${plotted(slaves, maxLagMs)}` : ''}` };
}

function judgeVolume({ state, reason }: Standing['volume']): Finding[] {
  if (state === 'active') return [];
  return [{ level: 2, text: reason ?? 'it is not mounted: changes go unseen' }];
}

function judgeSlave({ name, state, reason, lagSeconds, failures }: SlaveStanding, maxLagMs = Infinity): Finding[] {
  const found = (level: Level, text: string): Finding => ({ level, text: `${name}: ${text}` });
  if (state === 'paused') return [found(1, 'paused')];
  const findings: Finding[] = [];
  if (state === 'faulty') findings.push(found(2, reason ?? 'faulty'));
  if (lagSeconds === null) findings.push(found(1, 'the first pass is not complete'));
  else if (lagSeconds * 1000 > maxLagMs)
    findings.push(found(2, `${showDuration(lagSeconds)} behind, more than ${showDuration(maxLagMs / 1000)}`));
  if (failures > 0) findings.push(found(1, `${count(failures, 'path')} failed and will be tried again`));
  return findings;
}

/** What the plugins call performance data. */
function plotted(slaves: readonly SlaveStanding[], maxLagMs: number | undefined): string {
  const most = maxLagMs === undefined ? '' : `;;${maxLagMs / 1000}`;
  return slaves
    .flatMap(({ name, lagSeconds, failures }) => [
      ...(lagSeconds === null ? [] : [`lag_${name}=${lagSeconds.toFixed(1)}s${most}`]),
      `failures_${name}=${failures}`,
    ])
    .join(' ');
}
