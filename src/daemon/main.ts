import { UserError } from '../volume/errors.js';
import { log } from './log.js';
import type { DaemonMessage, DaemonOptions } from './options.js';
import { serveVolume } from './serve.js';

/** The daemon's entry: `node main.js '<DaemonOptions as JSON>'`, started by `markerfs <source> <mountpoint>`. */

/** Tells whoever started the daemon, and lets go of it. */
function tell(message: DaemonMessage): void {
  if (!process.connected) return;
  process.send?.(message, () => process.disconnect());
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as DaemonOptions;
  try {
    const { ended, ...ready } = await serveVolume(options);
    tell({ type: 'ready', ...ready });
    process.exitCode = await ended;
  } catch (error) {
    const known = error instanceof UserError;
    const message = error instanceof Error ? error.message : String(error);
    log(known || !(error instanceof Error) ? message : (error.stack ?? message));
    tell({ type: 'error', message, exitStatus: known ? error.exitStatus : 1 });
    process.exitCode = known ? error.exitStatus : 1;
  }
}

await main();
