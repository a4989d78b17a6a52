/** Exit status of the program: 1 failed, 2 wrong usage, 3 partly done (the rest will be retried). */
export type ExitStatus = 1 | 2 | 3;

/**
 * An error that a person caused or can do something about. The command line prints its message as one line and ends
 * with `exitStatus`; every other error is a bug or the machine's failure. Message: `Cannot <action> "<object>":
 * <cause>[; <what to do>]`.
 */
export class UserError extends Error {
  override name = 'UserError';

  constructor(
    message: string,
    readonly exitStatus: ExitStatus = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What keeps a volume from being made, opened or mounted. */
export class VolumeError extends UserError {
  override name = 'VolumeError';
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'somebody else listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EINVAL: 'it is not a mountpoint',
  EIO: 'input/output error',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space left on the device',
  ENOTCONN: 'its daemon is gone',
  ENOTDIR: 'it is not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'the filesystem is read-only',
  SQLITE_CANTOPEN: 'it cannot be opened',
  SQLITE_FULL: 'no space left on the device',
  SQLITE_READONLY: 'it cannot be written to',
};

/** What can be done about a cause, where that is mostly one thing. */
const CURES: Readonly<Record<string, string>> = {
  EACCES: 'run it as root, or as whom it belongs to',
  EADDRINUSE: 'choose another place, or end that program',
  EADDRNOTAVAIL: 'choose one that it has (ip address)',
  EDQUOT: 'make room there',
  EIO: 'look at its disk (dmesg)',
  EISDIR: 'give a file',
  EMFILE: 'raise the limit (ulimit -n)',
  ENAMETOOLONG: 'give a shorter one',
  ENOENT: 'is the name right, and its disk mounted?',
  ENOSPC: 'make room there',
  ENOTDIR: 'give a directory',
  EPERM: 'run it as root, and see whether it is immutable (lsattr -d)',
  EROFS: 'mount it for writing',
  SQLITE_CANTOPEN: 'see who may write to its folder, and whether that is immutable (ls -ld, lsattr -d)',
  SQLITE_FULL: 'make room there',
  SQLITE_READONLY: 'see who may write to it and to its folder (ls -ld)',
};

/** The `code` of an error from Node, SQLite or the addon (`ENOENT`, `SQLITE_FULL`), or '' where it has none. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The cause of an error in words that fit behind `Cannot open "x": `. */
export function errorCause(error: unknown): string {
  return CAUSES[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** The cause of an error, and what to do about it where that is known: the end of a message for people. */
export function causeAndCure(error: unknown): string {
  const cure = CURES[errorCode(error)];
  return cure === undefined ? errorCause(error) : `${errorCause(error)}; ${cure}`;
}
