import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createVolume, type Volume } from '../../src/volume/volume.js';
import { makeWork } from './work.js';

/** A volume over an empty source in a folder of its own, not mounted. */
export function makeVolume(t: ExecutionContext): Volume {
  const source = join(makeWork(t), 'source');
  mkdirSync(source);
  return createVolume(source);
}
