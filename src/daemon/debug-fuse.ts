import { inHeader, type OpcodeName, type Request, type RequestTrace } from '../fuse/index.js';
import { errnoName } from '../syscalls/index.js';
import { showName } from '../volume/names.js';
import { log } from './log.js';

/** Where the names of a request begin, in bytes behind its header, and how many there are: see linux/fuse.h. */
const NAMES: { readonly [Name in OpcodeName]?: readonly [at: number, count: number] } = {
  LOOKUP: [0, 1],
  SYMLINK: [0, 2],
  MKNOD: [16, 1],
  MKDIR: [8, 1],
  UNLINK: [0, 1],
  RMDIR: [0, 1],
  RENAME: [8, 2],
  LINK: [8, 1],
  SETXATTR: [16, 1],
  GETXATTR: [8, 1],
  REMOVEXATTR: [0, 1],
  CREATE: [16, 1],
  RENAME2: [16, 2],
};

/**
 * A line for each request, and one for its answer: what was asked by whom about which object, and what came of it.
 * Names are escaped. Never what is in files, or the values of extended attributes.
 */
export const debugFuse: RequestTrace = {
  received(operation, request) {
    const { uid, gid, pid } = request;
    // Not checked yet: 64 bits.
    const nodeid = String(request.u64(inHeader.nodeid - inHeader.bytes));
    log('debug', 'request', {
      unique: uniqueOf(request),
      operation,
      nodeid,
      uid,
      gid,
      pid,
      names: namesOf(operation, request),
    });
  },

  answered(operation, request, result, ms) {
    const answer = result < 0 ? { error: errnoName(-result) } : Number.isNaN(result) ? {} : { bytes: result };
    log('debug', 'answer', { unique: uniqueOf(request), operation, ...answer, us: Math.round(ms * 1000) });
  },
};

/** 64 bits: a number of JSON would be rounded. */
function uniqueOf({ uniqueLow, uniqueHigh }: Request): string {
  return String((BigInt(uniqueHigh) << 32n) | BigInt(uniqueLow));
}

/** As many as there are: a request may be cut short, and is refused by who serves it. */
function namesOf(operation: string, request: Request): string[] | undefined {
  const [at, count] = NAMES[operation as OpcodeName] ?? [0, 0];
  const names: string[] = [];
  try {
    for (let next = at; names.length < count; ) {
      const name = request.name(next);
      names.push(showName(name.subarray(0, -1)));
      next += name.length;
    }
  } catch {
    names.push('(cut short)');
  }
  return count === 0 ? undefined : names;
}
