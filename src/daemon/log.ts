import fs from 'node:fs';
import { createRequire } from 'node:module';
import type { Logger, pino } from 'pino';
import { errorCause } from '../volume/errors.js';

/**
 * How much a line matters. `debug`: each request, where that is asked for. `info`: what was to happen. `warn`: the
 * daemon copes. `error`: something failed. `fatal`: it ends.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Writes a line to the daemon's log (standard error): JSON with `level`, `time`, `msg`, and these fields. At once: from
 * any thread, and before a process that ends.
 */
export function log(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  logger ??= openLog();
  logger[level](fields, message);
}

let logger: Logger | undefined;

/** Loaded at the first line: most threads never write one, and each would hold the library in its memory. */
function openLog(): Logger {
  const library = createRequire(import.meta.url)('pino') as typeof pino;
  const how = {
    base: null,
    level: 'debug',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
  };
  return library(how, { write: writeLine });
}

function writeLine(line: string): void {
  try {
    fs.writeSync(2, line);
  } catch {
    // The disk that holds the log is full: the mount lives on.
  }
}

/** The log may grow to this, and is cut to its end then. */
const MOST_BYTES = 1024 * 1024;
const KEPT_BYTES = 256 * 1024;

/**
 * Cuts the beginning of a log that has grown too long. The file stays the same, for whoever follows it. Lines that other
 * threads write in this moment may be lost. Only for a log that is the daemon's own.
 */
export function cutLog(): void {
  try {
    const { size } = fs.fstatSync(2);
    if (size <= MOST_BYTES) return;
    const end = Buffer.alloc(KEPT_BYTES);
    const log = fs.openSync('/proc/self/fd/2', 'r');
    fs.readSync(log, end, 0, KEPT_BYTES, size - KEPT_BYTES);
    fs.closeSync(log);
    fs.ftruncateSync(2);
    fs.writeSync(2, end.subarray(end.indexOf('\n') + 1));
  } catch (error) {
    log('warn', `Cannot cut the log: ${errorCause(error)}`);
  }
}

/**
 * A request that could not be served as it should have been: a bug of ours, or a kernel that sends what it never sent
 * before.
 */
export function logFault(operation: string, error: unknown): void {
  log('error', `Cannot serve ${operation}`, { err: error });
}
