import fs from 'node:fs';
import path from 'node:path';
import { Places } from '../slave/places.js';
import { UserError } from '../volume/errors.js';
import { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import type { PassResult } from './commit.js';
import { SharedLock } from './exclusive.js';
import { keepShipping } from './interval.js';
import type { ShipOptions } from './options.js';

export type { ShipOptions } from './options.js';

/**
 * Brings slaves up to date, each on its own: one that fails disturbs no other. Answers the last pass of each; a pass
 * that failed as a whole has `error`. Throws where nothing could begin: UserError for a slave that does not exist, or
 * where rsync is not installed.
 */
export async function ship(volume: Volume, options: ShipOptions = {}): Promise<PassResult[]> {
  const { rsync = 'rsync' } = options;
  if (!isInstalled(rsync))
    throw new UserError(
      `Cannot ship volume "${volume.source}": "${rsync}" is not installed; install it (apt-get install rsync)`,
    );
  const state = State.open(volume);
  const places = new Places(volume);
  const context = { volume, state, exclusive: new SharedLock(volume), places, options };
  try {
    const slaves = options.slaves?.map((name) => state.slaves.need(name)) ?? state.slaves.list();
    const shipped = slaves.filter(({ paused }) => !paused);
    return await Promise.all(shipped.map(({ name }) => keepShipping(context, name)));
  } finally {
    places.close();
    state.close();
  }
}

function isInstalled(program: string): boolean {
  const places = program.includes('/') ? [''] : (process.env.PATH ?? '').split(':');
  return places.some((directory) => {
    try {
      fs.accessSync(path.join(directory, program), fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
