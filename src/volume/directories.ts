import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from './errors.js';

/**
 * Makes a directory and those above it, as far as they are missing. Node's own `recursive` never returns where the
 * kernel answers ENOENT below a directory that is there, as /proc does.
 */
export function makeDirectories(directory: string, mode: number): void {
  const above = path.dirname(directory);
  if (!fs.existsSync(above)) makeDirectories(above, mode);
  try {
    fs.mkdirSync(directory, { mode });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    // Says ENOTDIR of anything else.
    fs.closeSync(fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY));
  }
}
