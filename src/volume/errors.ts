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
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EINVAL: 'it is not a mountpoint',
  EIO: 'input/output error',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space left on the device',
  ENOTCONN: 'its daemon is gone',
  ENOTDIR: 'it is not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'the filesystem is read-only',
  SQLITE_FULL: 'no space left on the device',
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
