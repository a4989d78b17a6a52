import { constants } from 'node:os';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number as number, name]));
// Two names share one number on Linux; these are the ones that users know.
names.set(constants.errno.EAGAIN, 'EAGAIN');
names.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

/** The errnos that markerfs itself answers or looks for. The rest pass through as numbers. */
export const {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  EEXIST,
  EFBIG,
  EILSEQ,
  EINTR,
  EINVAL,
  EIO,
  EISDIR,
  ELOOP,
  ENAMETOOLONG,
  ENODATA,
  ENFILE,
  ENODEV,
  ENOENT,
  ENOMEM,
  EDQUOT,
  ENOSPC,
  ENOSYS,
  ENOTCONN,
  ENOTDIR,
  ENOTEMPTY,
  ENOTTY,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
  ERANGE,
  EROFS,
  ESTALE,
} = constants.errno;

/** `ENOENT` for 2. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** A system call that failed where that is not an answer to pass on. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** `ENOENT` and so on. */
  readonly code: string;

  constructor(
    readonly errno: number,
    readonly syscall: string,
    readonly object: string,
  ) {
    super(`${syscall} "${object}": ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}

/** Returns the result of a system call, or throws a SystemError when it is −errno. */
export function check(result: number | bigint, syscall: string, object: string | Uint8Array): number {
  if (result < 0)
    throw new SystemError(-Number(result), syscall, typeof object === 'string' ? object : readable(object));
  return Number(result);
}

function readable(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString().replace(/\0$/, '');
}
