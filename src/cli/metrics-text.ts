import type { Measures } from '../ship/report/measures.js';
import type { SlaveStanding } from '../ship/report/standing.js';
import type { DaemonMetrics, OperationMetric } from '../volume/control.js';
import type { Totals } from '../volume/passes.js';

/** Prometheus's text format, version 0.0.4. */

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | boolean | null];

/** One metric; samples that are null are not known, and left out. */
function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string[] {
  const lines = samples.flatMap(([labels, value]) => (value === null ? [] : [line(name, labels, Number(value))]));
  return lines.length === 0 ? [] : [...head(name, type, help), ...lines];
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP markerfs_${name} ${help}`, `# TYPE markerfs_${name} ${type}`];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `markerfs_${name}{${pairs.join(',')}} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** All that was measured; ends with a newline. */
export function metricsText({ standing, daemon, totals }: Measures): string {
  const volume = { volume: standing.volume.source };
  const lines = [
    ...volumeMetrics(standing.volume, volume),
    ...(daemon ? daemonMetrics(daemon, volume) : []),
    ...slaveMetrics(standing.slaves, volume),
    ...phaseMetrics(standing.slaves, volume),
    ...totalMetrics(totals, volume),
  ];
  return `${lines.join('\n')}\n`;
}

function volumeMetrics({ mountpoint, pid, state, journal }: Measures['standing']['volume'], labels: Labels): string[] {
  const one = (name: string, type: 'gauge' | 'counter', help: string, value: number | boolean) =>
    metric(name, type, help, [[labels, value]]);
  return [
    ...one('mounted', 'gauge', 'Whether the volume is mounted and served.', mountpoint !== null && pid !== null),
    ...one(
      'faulty',
      'gauge',
      'Whether the daemon is gone without an end, or the journal cannot be written.',
      state === 'faulty',
    ),
    ...one('journal_records', 'gauge', 'Records in the journal.', journal.records),
    ...one(
      'journal_records_total',
      'counter',
      'Sequence of the last record: records over the life of the journal.',
      journal.head,
    ),
    ...one('journal_bytes', 'gauge', 'Size of the journal on the disk.', journal.bytes),
    ...one('journal_whole', 'gauge', 'Whether every slave finds all that it lacks in the journal.', journal.whole),
  ];
}

function daemonMetrics(daemon: DaemonMetrics, labels: Labels): string[] {
  const { startedUs, operations, marks, queue, residentBytes } = daemon;
  return [
    ...metric('start_time_seconds', 'gauge', 'When the daemon began, since 1970.', [[labels, startedUs / 1e6]]),
    ...metric('resident_memory_bytes', 'gauge', 'Memory of the daemon.', [[labels, residentBytes]]),
    ...metric('marks_written_total', 'counter', 'Marks written.', [[labels, marks]]),
    ...metric('journal_queue_bytes', 'gauge', 'Records that wait to be written.', [[labels, queue.bytes]]),
    ...metric('journal_queue_limit_bytes', 'gauge', 'Room for such records: changes wait where it is full.', [
      [labels, queue.room],
    ]),
    ...operationMetrics(operations ?? [], labels),
  ];
}

function operationMetrics(operations: readonly OperationMetric[], labels: Labels): string[] {
  const of = ({ name }: OperationMetric): Labels => ({ ...labels, operation: name });
  const errors = operations.map((operation): Sample => [of(operation), operation.errors]);
  const name = 'operation_duration_seconds';
  const histogram = operations.flatMap((operation) => histogramLines(name, of(operation), operation));
  return [
    ...metric('operation_errors_total', 'counter', 'Requests of the kernel answered with an error.', errors),
    ...(histogram.length === 0 ? [] : head(name, 'histogram', 'Requests of the kernel, by the time that they took.')),
    ...histogram,
  ];
}

function histogramLines(name: string, labels: Labels, { buckets, seconds }: OperationMetric): string[] {
  let sum = 0;
  const lines = buckets.map((requests, at) => {
    sum += requests;
    const le = at === buckets.length - 1 ? '+Inf' : String(2 ** at / 1e6);
    return line(`${name}_bucket`, { ...labels, le }, sum);
  });
  return [...lines, line(`${name}_sum`, labels, seconds), line(`${name}_count`, labels, sum)];
}

/** Of each slave: name, help, value. */
const OF_SLAVES: readonly [name: string, help: string, value: (slave: SlaveStanding) => number | boolean | null][] = [
  ['lag_seconds', 'Age of the oldest change that is not on the slave.', ({ lagSeconds }) => lagSeconds],
  [
    'sync_point_seconds',
    'Everything up to then is on the slave, since 1970.',
    ({ syncPoint }) => syncPoint && syncPoint / 1e6,
  ],
  ['pending_changes', 'Recorded changes that wait for the next pass.', ({ pending }) => pending],
  [
    'behind_objects',
    'Changed objects that are not on the slave, by their marks.',
    ({ behind }) => behind?.objects ?? null,
  ],
  ['behind_bytes', 'The size of these.', ({ behind }) => behind?.bytes ?? null],
  ['failures', 'Paths that failed and will be tried again.', ({ failures }) => failures],
  ['faulty', 'Whether the last pass failed as a whole.', ({ state }) => state === 'faulty'],
  ['paused', 'Whether the slave is paused.', ({ state }) => state === 'paused'],
  ['shipping', 'Whether a pass is under way.', ({ running }) => running !== null],
  [
    'last_pass_start_seconds',
    'When the last complete pass began, since 1970.',
    ({ lastPass }) => lastPass && lastPass.startedUs / 1e6,
  ],
  ['last_pass_duration_seconds', 'How long it took.', ({ lastPass }) => lastPass?.seconds ?? null],
  ['last_pass_considered', 'Objects that it looked at.', ({ lastPass }) => lastPass?.considered ?? null],
  ['last_pass_unchanged', 'Files whose content was right.', ({ lastPass }) => lastPass?.unchanged ?? null],
  ['last_pass_wire_bytes', 'All that its rsyncs sent each other.', ({ lastPass }) => lastPass?.wireBytes ?? null],
];

function phaseMetrics(slaves: readonly SlaveStanding[], labels: Labels): string[] {
  const samples = slaves.flatMap(({ name, lastPass }) =>
    Object.entries(lastPass?.phases ?? {}).map(
      ([phase, seconds]): Sample => [{ ...labels, slave: name, phase }, seconds],
    ),
  );
  return metric('slave_last_pass_phase_seconds', 'gauge', 'How long it was at each of its phases.', samples);
}

function slaveMetrics(slaves: readonly SlaveStanding[], labels: Labels): string[] {
  return OF_SLAVES.flatMap(([name, help, value]) =>
    metric(
      `slave_${name}`,
      'gauge',
      help,
      slaves.map((slave): Sample => [{ ...labels, slave: slave.name }, value(slave)]),
    ),
  );
}

const OF_TOTALS: readonly [name: string, help: string, key: keyof Totals][] = [
  ['passes_total', 'Passes.', 'passes'],
  ['failed_passes_total', 'Passes that failed as a whole.', 'failedPasses'],
  ['shipped_objects_total', 'Objects brought over.', 'shipped'],
  ['renamed_objects_total', 'Objects renamed on the slave.', 'renamed'],
  ['deleted_objects_total', 'Objects deleted on the slave, each with what was below it.', 'deleted'],
  ['shipped_bytes_total', 'Content sent.', 'bytes'],
];

function totalMetrics(totals: Measures['totals'], labels: Labels): string[] {
  return OF_TOTALS.flatMap(([name, help, key]) =>
    metric(
      `slave_${name}`,
      'counter',
      help,
      [...totals].map(([slave, of]): Sample => [{ ...labels, slave }, of[key]]),
    ),
  );
}
