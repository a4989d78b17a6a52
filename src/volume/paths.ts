import fs from 'node:fs';
import path from 'node:path';
import { markerfsMountAt } from './mounts.js';

/**
 * The real path of a name that may be a mountpoint of markerfs. Such a one is not touched: a daemon that is gone
 * answers ENOTCONN, one that hangs does not answer at all.
 */
export function realPath(name: string): string {
  const absolute = path.resolve(name);
  const direct = path.join(fs.realpathSync(path.dirname(absolute)), path.basename(absolute));
  return markerfsMountAt(direct) ? direct : fs.realpathSync(direct);
}

/** Whether `inner` is `outer` or lies below it; both absolute real paths. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}
