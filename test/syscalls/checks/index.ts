import type { Native } from '../../../src/syscalls/index.js';
import type { Check } from './check.js';
import { deviceChecks } from './devices.js';
import { fileChecks } from './files.js';
import { identityChecks } from './identity.js';
import { nameChecks } from './names.js';
import { ringChecks } from './rings.js';
import { xattrChecks } from './xattrs.js';

/** A check for every function of the addon. */
export const checks: Readonly<Record<keyof Native, Check>> = {
  ...fileChecks,
  ...nameChecks,
  ...xattrChecks,
  ...deviceChecks,
  ...identityChecks,
  ...ringChecks,
};
