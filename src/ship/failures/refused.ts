import type { BytePath } from '../../slave/path.js';
import type { Entry } from '../../slave/slave.js';
import { SystemError } from '../../syscalls/index.js';
import { errorCause } from '../../volume/errors.js';
import type { Source } from '../source.js';
import type { Shipment } from '../work.js';
import { isDenied, unlessDenied } from './denied.js';

/** What is at a path, if anything; undefined where this user may not look. */
export function lookAt(
  source: Pick<Source, 'lstat'>,
  path: BytePath,
): { readonly entry: Entry | undefined } | undefined {
  return unlessDenied(() => ({ entry: source.lstat(path) }));
}

/** Whether the source has something at a path; where this user may not look it may have. */
export function mayBeThere(source: Pick<Source, 'lstat'>, path: BytePath): boolean {
  const found = lookAt(source, path);
  return !found || found.entry !== undefined;
}

/**
 * What the source refuses for a path is the failure of that path, with all that is below it: the rest goes on. Throws
 * again what the source did not refuse.
 */
export function noteRefused(work: Pick<Shipment, 'fail'>, path: BytePath, error: unknown): void {
  if (!(error instanceof SystemError || isDenied(error))) throw error;
  work.fail(path, `cannot read the source: ${errorCause(error)}`, true);
}

/** The same for the names in a directory, which this user may not list: none of them is taken for gone. */
export function noteDenied(work: Pick<Shipment, 'fail'>, directory: BytePath, error: unknown): void {
  if (!isDenied(error)) throw error;
  noteRefused(work, directory, error);
}
