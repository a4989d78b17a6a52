export * from './constants.js';
export { cstr, emptyName, fdPath } from './cstr.js';
export { type Dirent, dirent64, isDots, listDirectory } from './dirents.js';
export * from './errors.js';
export { type CString, type Integer64, type Native, native } from './native.js';
export { Stat, statAt, statx } from './stat.js';
