/** What a record says happened. The numbers are stored in journal.db and never change their meaning. */
export const Operation = {
  create: 1,
  mkdir: 2,
  mknod: 3,
  symlink: 4,
  /** `path` is an existing name, `path2` the new one. */
  link: 5,
  unlink: 6,
  rmdir: 7,
  /** From `path` to `path2`. What stood at `path2` is gone. */
  rename: 8,
  /** `path` and `path2` changed places. */
  exchange: 9,
  /** Content changed. Written once for an object and epoch. */
  data: 10,
  /** Attributes or xattrs changed. Written once for an object and epoch. */
  meta: 11,
  /** Records were lost before this one, none of them newer than its time. */
  gap: 12,
} as const;

export type OperationName = keyof typeof Operation;
export type Operation = (typeof Operation)[OperationName];

const NAMES = new Map<number, OperationName>();
for (const [name, operation] of Object.entries(Operation)) NAMES.set(operation, name as OperationName);

/** The name of an operation, or its number where a newer markerfs wrote it. */
export function operationName(operation: number): string {
  return NAMES.get(operation) ?? `operation ${operation}`;
}

/**
 * One change. Records are appended after the change was applied; those of entry operations in the order of the changes.
 */
export interface JournalRecord {
  /** Ascends by one over the life of a journal file. */
  readonly sequence: number;
  /** The time of the mark, microseconds since 1970. */
  readonly timeUs: number;
  readonly epoch: number;
  readonly operation: Operation;
  /** The object: device as stat(2) shows it, and inode. */
  readonly dev: number;
  readonly ino: bigint;
  /** Below the source, relative, without slashes at its ends; empty for the root and for a gap. */
  readonly path: Buffer;
  readonly path2: Buffer | null;
}
