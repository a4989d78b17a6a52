import { S_ISGID, S_ISUID } from '../../syscalls/index.js';
import type { Caller } from '../identity.js';

/** Callbacks are not told who calls: what is made is the daemon's. The kernel has applied the caller's umask. */
export const maker: Caller = { uid: 0, gid: 0, group: undefined, umask: 0 };

/** With these bits any user could make a program that runs as the daemon's user. */
export function withoutSetIds(mode: number): number {
  return mode & ~(S_ISUID | S_ISGID);
}
