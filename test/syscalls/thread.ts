/** Worker: becomes another user in every way that a thread can, and says what the kernel knows of it before and after. */
import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { AT_FDCWD, CLONE_FS, check, cstr, errnoName, native } from '../../src/syscalls/index.js';

/** What the kernel knows of a thread. */
export interface Known {
  readonly uid: string;
  readonly gid: string;
  readonly groups: string;
  readonly capabilities: string;
}

export interface Answer {
  readonly self: Known;
  /** Mode of a directory that the thread made with 0777. */
  readonly mode: number;
  readonly owner: number;
  /** The answer to taking back capabilities that were given up. */
  readonly regain: string;
}

/** The status of a thread in /proc: `thread-self`, or `self` for the main thread. */
export function known(thread: 'thread-self' | 'self'): Known {
  const status = readFileSync(`/proc/${thread}/status`, 'latin1');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(status)?.[1] ?? '';
  return { uid: field('Uid'), gid: field('Gid'), groups: field('Groups'), capabilities: field('CapEff') };
}

function become(path: string): Answer {
  check(native.unshare(CLONE_FS), 'unshare', 'CLONE_FS');
  native.umask(0o077);
  check(native.setgroups(Buffer.from(new Uint32Array([42]).buffer)), 'setgroups', '42');
  native.setfsgid(41);
  native.setfsuid(40);
  check(native.mkdirat(AT_FDCWD, cstr(path), 0o777), 'mkdirat', path);
  const { mode, uid: owner } = statSync(path);
  const own = Buffer.alloc(24);
  check(native.capget(own), 'capget', 'own');
  check(native.capset(Buffer.alloc(24)), 'capset', 'none');
  const regain = errnoName(-native.capset(own));
  return { self: known('thread-self'), mode: mode & 0o7777, owner, regain };
}

if (parentPort) parentPort.postMessage(become(workerData as string));
