import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cstr, type Native } from '../../../src/syscalls/index.js';

/** Fails unless both are deeply equal. */
export type Is = (actual: unknown, expected: unknown, what: string) => void;

/** Where a check works: `folder` holds `file` ("content", 0644), `link` (to it), `sub` with `inner`. */
export interface Place {
  readonly native: Native;
  readonly path: string;
  /** The folder, open for reading. */
  readonly fd: number;
  /** Opens a name in the folder; all is closed after the check. */
  open(name: string, flags: string): number;
  /** The path of a name in the folder, as the addon wants it. */
  at(name: string): Buffer;
}

/** Holds a function of the addon against its man page. */
export type Check = (place: Place, is: Is) => void;

/** Runs a check in an empty folder. */
export function runCheck(native: Native, path: string, check: Check, is: Is): void {
  writeFileSync(join(path, 'file'), 'content', { mode: 0o644 });
  symlinkSync('file', join(path, 'link'));
  mkdirSync(join(path, 'sub'));
  writeFileSync(join(path, 'sub/inner'), '');
  const opened = [openSync(path, 'r')];
  const open = (name: string, flags: string) => {
    const fd = openSync(join(path, name), flags);
    opened.push(fd);
    return fd;
  };
  try {
    check({ native, path, fd: opened[0]!, open, at: (name) => cstr(join(path, name)) }, is);
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** No descriptor has this number. */
export const noFd = 1_000_000;

export const isRoot = process.getuid?.() === 0;
