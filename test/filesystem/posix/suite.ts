import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { attributeCases } from './attributes.js';
import type { PosixCases } from './case.js';
import { directoryCases } from './directories.js';
import { fileFlagCases } from './file-flags.js';
import { fileCases } from './files.js';
import { linkCases } from './links.js';
import { nameCases } from './names.js';
import { ownerCases } from './owners.js';
import { spaceCases } from './space.js';
import { unnamedCases } from './unnamed.js';
import { xattrCases } from './xattrs.js';

/** What every user may try. */
export const anybody: PosixCases = {
  ...fileCases,
  ...spaceCases,
  ...directoryCases,
  ...nameCases,
  ...linkCases,
  ...unnamedCases,
  ...attributeCases,
  ...xattrCases,
};

/** What only root can find out. */
export const privileged: PosixCases = { ...ownerCases, ...fileFlagCases };

/** `test`, or one of its variants: skipped, expected to fail. */
type Declare = (title: string, run: (t: ExecutionContext) => void | Promise<void>) => void;

/** Runs each case in a directory of its own in a folder, which is there by then. */
export function runIn(test: Declare, name: string, folder: () => string, cases: PosixCases): void {
  for (const [title, run] of Object.entries(cases)) {
    test(`${name}: ${title}`, (t) => {
      const dir = join(folder(), title.replaceAll(/[^a-zA-Z]+/g, '-').slice(0, 60));
      mkdirSync(dir);
      chmodSync(dir, 0o755);
      return run(t, dir);
    });
  }
}
