import { errorCode } from '../../volume/errors.js';

/** Not a disk that fails, which is the trouble of a whole pass, but what this user may not look at. */
export function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errorCode(error));
}

/** Asks the source; undefined where this user may not look. */
export function unlessDenied<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}
