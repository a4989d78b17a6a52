import { readFileSync } from 'node:fs';

/**
 * `node report.js RESULTS MEMORY` prints the table of the benchmark. RESULTS: a line for each measurement, with tabs
 * between case, clients, unit, system and value. The measurements of a case stand in the same order for every system,
 * so that the same place in each is the same round. MEMORY: a line for each group of cases, with tabs between its name,
 * what the daemon has resident after it, and the most that it ever had, in KiB.
 */

interface Row {
  readonly name: string;
  readonly clients: number;
  readonly unit: string;
  /** Of each system, a value for each round. */
  readonly values: Map<string, number[]>;
}

/** The systems that markerfs is compared with, and what it is to be, at least, for each of them. */
type Targets = { readonly [other in 'bare' | 'bindfs' | 'unmarked']?: number };

const operations = new Set(['create', 'read', 'overwrite', 'rename', 'unlink', 'stat-uncached']);
const repeated = new Set(['stat-cached', 'find-again', 'git-status-again']);
const workloads = new Set(['unpack', 'npm-ci', 'compile']);

/** In speed: 0.95 of the bare directory, 2.5 times bindfs, and with marking at least 0.9 of what it is without. */
function targetsOf({ name, clients }: Row): Targets {
  const unmarked = 0.9;
  if (operations.has(name)) return { bindfs: clients === 1 ? 2.5 : 2, unmarked };
  if (repeated.has(name)) return { bare: 0.8, unmarked };
  if (workloads.has(name)) return { bare: 0.5, bindfs: 1, unmarked };
  return { bare: name === 'random-write' ? 0.85 : 0.95, unmarked };
}

function readRows(file: string): Row[] {
  const rows = new Map<string, Row>();
  for (const line of linesOf(file)) {
    const [name = '', clients = '', unit = '', system = '', value = ''] = line.split('\t');
    const key = `${name} ${clients}`;
    const row = rows.get(key) ?? { name, clients: Number(clients), unit, values: new Map() };
    rows.set(key, row);
    const values = row.values.get(system) ?? [];
    row.values.set(system, values);
    values.push(Number(value));
  }
  return [...rows.values()];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  return below + ((sorted[Math.ceil(at)] ?? below) - below) * (at % 1);
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

const isTime = ({ unit }: Row): boolean => unit === 'us';

/** How many times as fast as another system markerfs is: the median of the rounds' ratios. */
function speed(row: Row, other: string): number | undefined {
  const own = row.values.get('markerfs');
  const others = row.values.get(other);
  if (!own || !others) return undefined;
  return median(own.map((value, round) => (isTime(row) ? others[round]! / value : value / others[round]!)));
}

/** A value and its unit for reading: "12.3 µs", "1.25 s", "845 MB/s". */
function show(unit: string, value: number | undefined): string {
  if (value === undefined) return '-';
  if (unit === 'KiB/s') return `${digits((value * 1024) / 1e6)} MB/s`;
  if (unit === 'IOPS') return `${digits(value / 1e3)} k/s`;
  if (value < 1e3) return `${digits(value)} µs`;
  return value < 1e6 ? `${digits(value / 1e3)} ms` : `${digits(value / 1e6)} s`;
}

/** Three digits that count. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Half of what lies between the quartiles, as a share of the median. */
function spread(values: readonly number[] | undefined): string {
  if (!values) return '-';
  return `±${((50 * (quantile(values, 0.75) - quantile(values, 0.25))) / median(values)).toFixed(0)}%`;
}

const others = ['bare', 'bindfs', 'unmarked'] as const;

function cells(row: Row): string[] {
  const targets = targetsOf(row);
  const speeds = others.map((other) => ({ other, wanted: targets[other], found: speed(row, other) }));
  const known = speeds.filter(({ wanted, found }) => wanted !== undefined && found !== undefined);
  const missed = known
    .filter(({ wanted, found }) => found! < wanted!)
    .map(({ other, wanted, found }) => `${other} ${Math.floor((found! / wanted!) * 100)}%`);
  const target = others.filter((other) => targets[other]).map((other) => `${targets[other]} ${other}`);
  return [
    row.name,
    String(row.clients),
    ...['bare', 'markerfs', 'unmarked', 'bindfs'].map((system) => {
      const values = row.values.get(system);
      return show(row.unit, values && median(values));
    }),
    spread(row.values.get('markerfs')),
    ...speeds.map(({ found }) => found?.toFixed(2) ?? '-'),
    target.join(', '),
    missed.length ? `NO: ${missed.join(', ')}` : known.length === target.length ? 'yes' : '-',
  ];
}

const heading = [
  'case',
  'clients',
  'bare',
  'markerfs',
  'unmarked',
  'bindfs',
  'spread',
  '× bare',
  '× bindfs',
  '× unmarked',
  'to reach, at least ×',
  'reached',
];
/** Words stand to the left, numbers to the right. */
const words = new Set(['case', 'to reach, at least ×', 'reached']);

function table(rows: readonly Row[]): string {
  const lines = [heading, ...rows.map(cells)];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          words.has(heading[column]!) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What the daemon may have resident at most: under load, and when the kernel knows a million of its objects. */
const limitsMiB = { load: 150, million: 300 };

/** A line of the memory's file: after which load, what is resident then, and what it was at most. */
function memoryLine(line: string): string {
  const [after = '', ...kib] = line.split('\t');
  const [resident, peak] = kib.map((value) => Math.ceil(Number(value) / 1024));
  const limit = limitsMiB[after.startsWith('million') ? 'million' : 'load'];
  return `${after.padEnd(9)}  ${resident} MiB, at most ${peak} MiB; to reach ${limit} MiB: ${peak! <= limit ? 'yes' : 'NO'}`;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

const [, , results = '', memory = ''] = process.argv;
process.stdout.write(`
Medians. "×": how many times as fast as the other one markerfs is, the median of the rounds' ratios.
"unmarked": the same mount with marking and journaling off. "spread": of markerfs, half of what lies between the quartiles.
With several clients an operation's time is the time of all divided by the operations of all.
"reached": where not, how much of the target was.

${table(readRows(results))}

Resident memory of markerfs after each group of cases, and the most that it was:

${linesOf(memory).map(memoryLine).join('\n')}
`);
