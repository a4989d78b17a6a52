import { readFileSync } from 'node:fs';

/**
 * How the descriptors that this process may open are shared out. Node raises the soft limit to the hard one when it
 * starts; the hard one may be as low as 1024.
 */
export interface DescriptorBudget {
  /** Handles of files of all threads together. The rest keeps the operations going that open something for a moment. */
  readonly handles: number;
  /** Directories that each thread keeps open. */
  readonly directories: number;
}

export function descriptorBudget(): DescriptorBudget {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  const descriptors = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  return {
    handles: Math.floor(descriptors * 0.7),
    directories: Math.min(128, Math.max(8, Math.floor(descriptors / 64))),
  };
}
