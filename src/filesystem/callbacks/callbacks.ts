import type { Filesystem } from '../filesystem.js';
import { attributeCallbacks } from './attributes.js';
import { handleCallbacks } from './handles.js';
import { listingCallbacks } from './listing.js';
import { nameCallbacks } from './names.js';
import { Paths } from './paths.js';

/** All callbacks of a mount, by the names that the fuse-native package has for them. */
export function callbacksOf(fs: Filesystem) {
  const paths = new Paths(fs);
  return {
    ...attributeCallbacks(fs, paths),
    ...nameCallbacks(fs, paths),
    ...listingCallbacks(fs, paths),
    ...handleCallbacks(fs, paths),
  };
}

export type Callbacks = ReturnType<typeof callbacksOf>;
