import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestFn } from 'ava';
import { Served } from '../support/served.js';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';
import { attributeCases } from './posix/attributes.js';
import type { PosixCases } from './posix/case.js';
import { directoryCases } from './posix/directories.js';
import { fileCases } from './posix/files.js';
import { linkCases } from './posix/links.js';
import { nameCases } from './posix/names.js';
import { ownerCases } from './posix/owners.js';
import { spaceCases } from './posix/space.js';
import { xattrCases } from './posix/xattrs.js';

/** Each case runs on a plain directory first, which proves the case, and then on a mount. */
const anybody: PosixCases = {
  ...fileCases,
  ...spaceCases,
  ...directoryCases,
  ...nameCases,
  ...linkCases,
  ...attributeCases,
  ...xattrCases,
};

let served: Served;

test.before(async () => {
  served = await Served.start();
});

test.after.always('the daemon ends in order, and found no fault in itself', async (t) => {
  const { log } = served;
  t.is(await served.stop(), 0, log);
  t.notRegex(log, /Cannot serve|Worker/);
});

function onPlain(test: TestFn, cases: PosixCases): void {
  for (const [title, run] of Object.entries(cases)) test(`plain directory: ${title}`, (t) => run(t, makeWork(t)));
}

function onMount(test: TestFn, cases: PosixCases): void {
  for (const [number, [title, run]] of Object.entries(cases).entries()) {
    test(`mount: ${title}`, (t) => {
      const dir = join(served.mountpoint, `${cases === anybody ? 'case' : 'owner'} ${number}`);
      mkdirSync(dir);
      chmodSync(dir, 0o755);
      return run(t, dir);
    });
  }
}

onPlain(test, anybody);
onPlain(testAsRoot as TestFn, ownerCases);
onMount(test, anybody);
onMount(testAsRoot as TestFn, ownerCases);
