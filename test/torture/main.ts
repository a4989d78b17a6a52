/**
 * The program behind scripts/torture.sh, which says how it is used: rounds of changes with a fault in their middle,
 * after each of which the slave must be equal to the source.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mountDisk, unmountDisk } from '../support/disks.js';
import { Random } from '../support/random.js';
import { must } from '../support/run.js';
import { Bench, type Disks } from './bench.js';
import { type FarKind, farKinds } from './far.js';
import { diskFaults, type Kind, round, someKills } from './rounds.js';
import { type Rule, rules } from './rules.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    kills: { type: 'string' },
    cuts: { type: 'string', default: '0' },
    disks: { type: 'string', default: '0' },
    type: { type: 'string', default: 'ext4' },
    slaves: { type: 'string', default: `local,${farKinds.join()}` },
    break: { type: 'string' },
  },
});

function wrong(message: string): never {
  console.error(message);
  process.exit(2);
}

function ruleOf(name: string | undefined): Rule | undefined {
  const rule = rules.find((known) => known === name);
  if (name !== undefined && rule === undefined)
    wrong(`Cannot break the rule "${name}": there is none of that name; there are: ${rules.join(', ')}`);
  return rule;
}

/** The slaves that a list names, besides the local one, which is always there. */
function farOf(list: string): FarKind[] {
  return list.split(',').flatMap((name) => {
    if (name === 'local') return [];
    return (
      farKinds.find((kind) => kind === name) ??
      wrong(`Cannot take "${name}" for a slave: take local, ${farKinds.join(', ')}`)
    );
  });
}

const far = farOf(values.slaves);
const breaks = ruleOf(values.break);
const type =
  values.type === 'ext4' || values.type === 'xfs'
    ? values.type
    : wrong('Cannot make a disk of that type: take ext4 or xfs');
const seed = Number(values.seed ?? randomInt(1, 2 ** 31));
const end = Date.now() + Number(values.minutes) * 60_000;
const counts = { passed: 0, failed: 0 };
const folder = mkdtempSync(join(tmpdir(), 'markerfs-torture-'));
const random = new Random(seed);
console.log(`seed ${seed}, in ${folder}`);

/** Rounds on one bench until there were enough, the time is over, or one failed: then what is left is kept. */
async function rounds(
  place: string,
  disks: Disks,
  choose: () => readonly Kind[],
  most: number,
  slaves: readonly FarKind[] = [],
): Promise<void> {
  if (most === 0) return;
  const bench = new Bench(place, { disks, type, breaks, far: slaves });
  const done = new Map<Kind, number>();
  const failedBefore = counts.failed;
  let kinds: readonly Kind[] = [];
  try {
    await bench.setUp();
    for (let number = 1; number <= most && Date.now() < end && counts.failed === failedBefore; number++) {
      kinds = choose();
      const { struck, problems } = await round(bench, random, kinds);
      for (const kind of struck) done.set(kind, (done.get(kind) ?? 0) + 1);
      counts[problems.length === 0 ? 'passed' : 'failed']++;
      if (problems.length > 0) report(bench, `round ${number}, ${kinds.join(', ')}`, problems);
    }
  } catch (error) {
    counts.failed++;
    report(bench, kinds.join(', '), [String(error instanceof Error ? error.stack : error)]);
  } finally {
    await bench.tearDown(counts.failed > failedBefore);
  }
  const all = [...done.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${all} faults: ${[...done].map(([name, count]) => `${count} ${name}`).join(', ')}`);
}

function report(bench: Bench, where: string, problems: readonly string[]): void {
  writeFileSync(join(bench.work, 'problems.txt'), `seed ${seed}, ${where}\n${problems.join('\n')}\n`);
  console.log(`FAILED seed ${seed}, ${where}; left is ${bench.work}\n  ${problems.slice(0, 8).join('\n  ')}`);
}

const cuts = Number(values.cuts);
const failures = Number(values.disks);
if (cuts + failures > 0) {
  // With reflinks: a copy of an image is made at one moment.
  const host = join(folder, 'host');
  mkdirSync(host);
  await mountDisk(host, { type: 'xfs', mib: 3072 });
  try {
    await rounds(join(host, 'power'), 'source', () => ['power'], cuts, far);
    await rounds(join(host, 'disks'), 'all', () => [random.of(diskFaults)], failures);
  } finally {
    // Where a round failed, what it left lies in the image.
    await unmountDisk(host);
  }
}
const most = Number(values.kills ?? Number.POSITIVE_INFINITY);
await rounds(join(folder, 'kills'), 'none', () => someKills(random, far), most, far);
if (counts.failed === 0) await must(['rm', '-rf', '--one-file-system', folder]);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
