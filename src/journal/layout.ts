/**
 * The queue's shared memory: words (int32), times and counts (float64), the journal's id, the reason of a failure, then
 * the ring. All but the words that threads sleep on are read and written under the mutex only.
 */

/** Indexes of int32 words. */
export const Word = {
  mutex: 0,
  /** The consumer sleeps on it; changes when it shall look. */
  wake: 1,
  /** 1 while the consumer sleeps and wants to be woken. */
  asleep: 2,
  /** Producers sleep on it while the ring is full; changes when bytes were freed. */
  space: 3,
  /** 1 while a producer sleeps on `space` that was not told of freed bytes. */
  blocked: 4,
  /** Flushes wait on it; changes with each commit and each failure. */
  done: 5,
  /** 1 while the journal cannot be written and records are dropped. */
  failed: 6,
  /** How often it failed. */
  failures: 7,
  /** 1 once no more records will come. */
  ended: 8,
  /** Offsets in the ring: where the next record goes, and where the first one stands that was not taken. */
  tailAt: 9,
  takenAt: 10,
  /** Bytes of the failure's reason. */
  reasonLength: 11,
} as const;

/** Indexes of float64 numbers. Positions count bytes since the start: exact for 2^53 of them. */
export const Real = {
  /** Bytes appended. */
  tail: 8,
  /** Bytes that the consumer copied out. */
  taken: 9,
  /** Bytes of committed or dropped records. */
  settled: 10,
  /** The furthest position that a flush waits for. */
  wanted: 11,
  /** How many untaken bytes wake the consumer. */
  wakeAt: 12,
  /** Sequence of the last committed record. */
  head: 13,
  /** The newest time of all records appended, dropped ones too. */
  newestUs: 14,
} as const;

/** Byte offsets and lengths. */
export const ID_AT = 128;
export const ID_BYTES = 36;
export const REASON_AT = 192;
export const REASON_BYTES = 512;
export const RING_AT = 1024;

/**
 * A record in the ring starts at a multiple of 8: size (0: the rest of the ring is unused), operation, time (float64),
 * epoch, dev, inode low and high, lengths of the two paths (−1: no second path), the paths. Indexes of int32 fields,
 * then bytes.
 */
export const Field = {
  size: 0,
  operation: 1,
  time: 2,
  epoch: 4,
  dev: 5,
  inoLo: 6,
  inoHi: 7,
  path: 8,
  path2: 9,
} as const;
export const HEADER_BYTES = 40;
