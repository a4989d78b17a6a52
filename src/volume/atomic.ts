import fs from 'node:fs';
import path from 'node:path';

/** Makes the names in a directory durable. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes a file that is on the disk after return; a crash may leave any part of it. */
export function writeSynced(file: string, content: string, mode = 0o600): void {
  const fd = fs.openSync(file, 'w', mode);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Writes a whole file so that a crash at any moment leaves either the old content or the new, and the new one after
 * return.
 */
export function replaceFile(file: string, content: string, mode = 0o600): void {
  const temporary = `${file}.new`;
  writeSynced(temporary, content, mode);
  fs.renameSync(temporary, file);
  syncDirectory(path.dirname(file));
}

/**
 * Like `replaceFile`, but only where the file does not exist: of several processes that try at once exactly one gets
 * true, and nobody ever sees an unfinished file.
 */
export function createFile(file: string, content: string, mode = 0o600): boolean {
  const temporary = `${file}.${process.pid}`;
  writeSynced(temporary, content, mode);
  try {
    fs.linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.unlinkSync(temporary);
  }
  syncDirectory(path.dirname(file));
  return true;
}
