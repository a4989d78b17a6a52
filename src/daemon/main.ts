import { UserError } from '../volume/errors.js';
import { cutLog, log } from './log.js';
import type { DaemonMessage, DaemonOptions } from './options.js';
import { serveVolume } from './serve.js';

/** The daemon's entry: `node main.js '<DaemonOptions as JSON>'`, started by `markerfs <source> <mountpoint>`. */

/** How often the log is looked at. */
const LOG_MS = 60_000;

/** Tells whoever started the daemon, and lets go of it. */
async function tell(message: DaemonMessage): Promise<void> {
  if (!process.connected) return;
  await new Promise((resolve) => process.send?.(message, resolve));
  process.disconnect();
}

/** Returns the exit status. */
async function main(): Promise<number> {
  const options = JSON.parse(process.argv[2] ?? '{}') as DaemonOptions;
  try {
    const { ended, ...ready } = await serveVolume(options);
    log('info', 'serving', { ...options, ...ready });
    cutLog();
    setInterval(cutLog, LOG_MS).unref();
    await tell({ type: 'ready', ...ready });
    const exitStatus = await ended;
    log('info', 'ended', { exitStatus });
    return exitStatus;
  } catch (error) {
    const known = error instanceof UserError;
    const message = error instanceof Error ? error.message : String(error);
    log('fatal', message, known ? {} : { err: error });
    await tell({ type: 'error', message, exitStatus: known ? error.exitStatus : 1 });
    return known ? error.exitStatus : 1;
  }
}

// What it waits for never comes: a fault of ours, which must not look like an end in order.
process.once('beforeExit', () => process.exit(1));

// Threads that a failed start has left must not keep the process.
void main().then((status) => process.exit(status));
