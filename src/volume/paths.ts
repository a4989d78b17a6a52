import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from './errors.js';

/**
 * The real path of a name that may be a mountpoint whose daemon is gone: the kernel answers ENOTCONN there, so only the
 * parent is resolved.
 */
export function realPath(name: string): string {
  try {
    return fs.realpathSync(name);
  } catch (error) {
    if (errorCode(error) !== 'ENOTCONN') throw error;
    const absolute = path.resolve(name);
    return path.join(fs.realpathSync(path.dirname(absolute)), path.basename(absolute));
  }
}

/** Whether `inner` is `outer` or lies below it; both absolute real paths. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}
