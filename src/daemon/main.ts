import { UserError } from '../volume/errors.js';
import { log } from './log.js';
import type { DaemonMessage, DaemonOptions } from './options.js';
import { serveVolume } from './serve.js';

/** The daemon's entry: `node main.js '<DaemonOptions as JSON>'`, started by `markerfs <source> <mountpoint>`. */

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
    await tell({ type: 'ready', ...ready });
    return await ended;
  } catch (error) {
    const known = error instanceof UserError;
    const message = error instanceof Error ? error.message : String(error);
    log(known || !(error instanceof Error) ? message : (error.stack ?? message));
    await tell({ type: 'error', message, exitStatus: known ? error.exitStatus : 1 });
    return known ? error.exitStatus : 1;
  }
}

// Threads that a failed start has left must not keep the process.
process.exit(await main());
