import type { EngineName } from '../options.js';
import type { Engine } from './engine.js';

/** The engine of a name. UserError where it is not installed. */
export async function engineOf(name: EngineName): Promise<Engine> {
  if (name === 'markerfs') return (await import('./markerfs.js')).markerfsEngine;
  return (await import('./fuse-native.js')).loadFuseNative();
}
