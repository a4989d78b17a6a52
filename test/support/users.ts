import test from 'ava';
import type { User } from './run.js';

/** A group that several users share. */
export const TEAM = 42_000;

/** Ids that no system gives to an account. */
export const ALICE: User = { uid: 41_001, gid: 41_001, groups: [TEAM] };
export const BOB: User = { uid: 41_002, gid: 41_002, groups: [] };

/** For who mounts: fusermount3 wants an account, and this one is on every Debian. */
export const NOBODY: User = { uid: 65_534, gid: 65_534, groups: [] };

/** For tests that become another user or mount as root: skipped for everybody else, because only root can. */
export const testAsRoot = process.getuid?.() === 0 ? test : test.skip;
