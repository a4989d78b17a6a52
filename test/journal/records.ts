import type { RecordBatch } from '../../src/journal/batch.js';
import { JournalQueue } from '../../src/journal/queue.js';
import { Operation } from '../../src/journal/record.js';

/** A record as the tests write it down; what is left out is like DEFAULTS. */
export interface TestRecord {
  operation: Operation;
  epoch: number;
  timeUs: number;
  dev: number;
  inoLo: number;
  inoHi: number;
  path: Buffer;
  path2: Buffer | null;
}

const DEFAULTS: TestRecord = {
  operation: Operation.data,
  epoch: 1,
  timeUs: 1_700_000_000_000_000,
  dev: 0x801,
  inoLo: 12,
  inoHi: 0,
  path: Buffer.from('a/file'),
  path2: null,
};

export function record(fields: Partial<TestRecord> = {}): TestRecord {
  return { ...DEFAULTS, ...fields };
}

/** A record that names one or two paths. */
export function named(operation: Operation, path: string, path2: string | null = null, ino = 12): TestRecord {
  return record({ operation, path: Buffer.from(path), path2: path2 === null ? null : Buffer.from(path2), inoLo: ino });
}

export function append(queue: JournalQueue, record: TestRecord): void {
  const { operation, epoch, timeUs, dev, inoLo, inoHi, path, path2 } = record;
  queue.append(operation, epoch, timeUs, dev, inoLo, inoHi, path, path2);
}

/** All records of a batch, with copies of their paths. */
export function unpack(batch: RecordBatch | undefined): TestRecord[] {
  const records: TestRecord[] = [];
  while (batch?.next()) {
    const { operation, epoch, timeUs, dev, inoLo, inoHi, path, path2 } = batch;
    const copies = { path: Buffer.from(path), path2: path2 && Buffer.from(path2) };
    records.push({ operation: operation as Operation, epoch, timeUs, dev, inoLo, inoHi, ...copies });
  }
  return records;
}

/** Takes all that a queue holds. */
export function takeAll(queue: JournalQueue): TestRecord[] {
  const records: TestRecord[] = [];
  for (let batch = queue.takeBatch(); batch; batch = queue.takeBatch()) records.push(...unpack(batch));
  return records;
}

/** A batch of these records, as the drain hands it to the writer. */
export function batchOf(...records: TestRecord[]): RecordBatch {
  const queue = new JournalQueue(JournalQueue.allocate(1 << 20));
  for (const one of records) append(queue, one);
  const batch = queue.takeBatch();
  if (!batch) throw new Error('A batch of no records');
  return batch;
}
