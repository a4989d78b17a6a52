/** Imported before everything else: the addon's functions cannot be replaced once it is loaded. */
import { createRequire } from 'node:module';
import type { Fault } from './fault.js';
import { replaceIn } from './replace.js';

const CLOCK_REALTIME = 0;

/** The wall clock of this process alone: SQLite and files' own times keep the machine's. */
function shift({ offsetS, stepS, afterMs }: NonNullable<Fault['clock']>): void {
  const seconds = () => offsetS + (process.uptime() * 1000 > afterMs ? stepS : 0);
  replaceIn(Date, 'now', (old) => () => (old() as number) + seconds() * 1000);
  const { extensions } = createRequire(import.meta.url);
  replaceIn(extensions, '.node', (load) => (module, ...args) => {
    load.call(extensions, module, ...args);
    const loaded = module as { exports: Record<string, unknown> };
    if (typeof loaded.exports.clock_gettime !== 'function') return;
    loaded.exports = { ...loaded.exports };
    replaceIn(loaded.exports, 'clock_gettime', (old) => (clock, out) => {
      const result = old(clock, out);
      const timespec = out as Buffer;
      if (clock === CLOCK_REALTIME) timespec.writeBigInt64LE(timespec.readBigInt64LE(0) + BigInt(seconds()), 0);
      return result;
    });
  });
}

const { clock } = JSON.parse(process.env.MARKERFS_FAULT ?? '{}') as Fault;
if (clock) shift(clock);
