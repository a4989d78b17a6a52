import { createRequire } from 'node:module';
import { errorCause, errorCode, UserError } from '../../volume/errors.js';

/** Gives libfuse the result of an operation, and to some the buffer that it came with. */
export type Signal = (result: number, buffer?: ArrayBufferLike) => void;

/** What is used of a mount of the fuse-native package (2.2.6), with those of its own methods that are replaced. */
export interface PackageMount {
  mount(mounted: (error: Error | null) => void): void;
  _fuseOptions: () => string;
  _op_getxattr: (signal: Signal, path: string, name: string, room: Buffer) => void;
  _op_listxattr: (signal: Signal, path: string, room: Buffer) => void;
}

/** The last argument of an operation is the function that takes its answer. */
export type PackageOperation = (...args: unknown[]) => void;

/** The package itself. `timeout` false: an operation takes as long as it takes. */
export type FusePackage = new (
  mountpoint: string,
  operations: Readonly<Record<string, PackageOperation>>,
  options: { readonly timeout: false },
) => PackageMount;

/** Loads the package, which is an optional dependency. UserError where it is not there, or cannot be loaded. */
export function loadPackage(): FusePackage {
  try {
    return createRequire(import.meta.url)('fuse-native') as FusePackage;
  } catch (error) {
    const cannot = 'Cannot mount with the engine "fuse-native"';
    if (errorCode(error) === 'MODULE_NOT_FOUND')
      throw new UserError(
        `${cannot}: its package is not installed; run "npm install" where markerfs is, or leave out --engine`,
      );
    const cause = errorCause(error).split('\n')[0];
    throw new UserError(
      `${cannot}: ${cause}; install libfuse 2 (package libfuse2 or libfuse2t64), or leave out --engine`,
    );
  }
}
