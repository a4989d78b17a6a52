import { writeSync } from 'node:fs';

/** Writes a line to the daemon's log (standard error), at once: from any thread, and before a process that ends. */
export function log(message: string): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${message}\n`);
  } catch {
    // The disk that holds the log is full: the mount lives on.
  }
}

/**
 * A request that could not be served as it should have been: a bug of ours, or a kernel that sends what it never sent
 * before.
 */
export function logFault(operation: string, error: unknown): void {
  log(`Cannot serve ${operation}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
