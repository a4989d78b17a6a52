import { parentPort } from 'node:worker_threads';
import { findDirty } from '../ship/report/dirty.js';
import { selectedFor } from '../ship/selection/patterns.js';
import { LocalSource } from '../ship/source.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { Volume } from '../volume/volume.js';
import type { DirtyNode } from './page/messages.js';
import { toTreemap } from './treemap.js';

/** A thread that looks for what is dirty: a directory may hold a million names, and nobody should wait for that. */

export interface LookRequest {
  readonly volume: Volume;
  readonly slave: Pick<SlaveRecord, 'name' | 'settings' | 'stimeUs'>;
  readonly path: string;
}

export type LookAnswer = { readonly tree: DirtyNode | null } | { readonly error: string };

/** Objects looked at for one picture. */
const MOST_LOOKED = 100_000;

async function answer({ volume, slave, path }: LookRequest): Promise<LookAnswer> {
  try {
    const source = new LocalSource(volume);
    try {
      const dirty = findDirty(await selectedFor(slave, source), slave.stimeUs, { path, most: MOST_LOOKED });
      return { tree: dirty ? toTreemap(dirty, path) : null };
    } finally {
      source.close();
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort!.on('message', async (request: LookRequest) => parentPort!.postMessage(await answer(request)));
