import type { BytePath } from '../slave/path.js';

/** How far something long is: kept by who does it, for whoever looks on. */
export interface Glance {
  /** Objects that are done. */
  objects: number;
  /** Content that was read. */
  bytes: number;
  /** What it is at. */
  path: BytePath;
}

/** Before anything is done. */
export function firstGlance(): Glance {
  return { objects: 0, bytes: 0, path: '' };
}
