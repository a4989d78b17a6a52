import { MalformedRequest, type Request } from '../../fuse/index.js';
import type { Filesystem } from '../filesystem.js';
import type { Writer } from '../identity.js';

/**
 * The nodes and handles that requests name. A kernel names only what it was given; anything else is refused here, before
 * it leads to another object's memory in the table, or to a descriptor of the daemon that is no handle.
 */

/** The object that a request is about. */
export function nodeOf(fs: Filesystem, request: Request): number {
  return existing(fs, request.nodeid);
}

/** The node at `at` of a request about two. */
export function nodeAt(fs: Filesystem, request: Request, at: number): number {
  return existing(fs, request.small64(at));
}

/** The handle at `at`, one of this node. */
export function handleAt(fs: Filesystem, request: Request, at: number, id = request.nodeid): number {
  const fd = request.small64(at);
  if (fs.handles.kind(fd, id) === undefined) throw new MalformedRequest(`${fd} is no handle of node ${id}`);
  return fd;
}

/** Whose change takes set-ID bits and file capabilities away, if a flag of the request says so: Identity.droppingSetIds. */
export function dropperIf({ uid, gid }: Request, flag: number): Writer | undefined {
  return flag === 0 ? undefined : { uid, gid };
}

/** The same for requests without such a flag: root's changes spare them. */
export function dropperOf({ uid, gid }: Request): Writer | undefined {
  return uid === 0 ? undefined : { uid, gid };
}

function existing(fs: Filesystem, id: number): number {
  if (!fs.table.exists(id)) throw new MalformedRequest(`there is no node ${id}`);
  return id;
}
