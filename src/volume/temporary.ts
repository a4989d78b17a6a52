import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errorCause, UserError } from './errors.js';

/**
 * Makes a folder of this process's own where temporary files go, which nobody else can enter; its owner removes it.
 * UserError where none can be made.
 */
export function makeTemporary(prefix: string): string {
  const place = os.tmpdir();
  try {
    return fs.mkdtempSync(path.join(place, prefix));
  } catch (error) {
    const cause = errorCause(error);
    throw new UserError(
      `Cannot make a temporary folder in "${place}": ${cause}; set TMPDIR to a directory that can be written to`,
    );
  }
}
