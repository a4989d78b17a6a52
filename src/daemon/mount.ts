import {
  type Agreement,
  FUSE_PASSTHROUGH,
  honoured,
  type MountRequest,
  mountFuse,
  openSession,
} from '../fuse/index.js';
import { type MarkNamespace, markNames, readMark, writeMark, type Xtime } from '../marker/mark.js';
import { CAP_SYS_ADMIN, check, native } from '../syscalls/index.js';
import { errorCause, errorCode, UserError } from '../volume/errors.js';
import { plainUnmount } from '../volume/mounting.js';
import type { Volume } from '../volume/volume.js';
import type { DaemonOptions } from './options.js';
import type { MountFacts } from './wiring.js';

/** Whether this process may mount, act as its callers, and set trusted xattrs. */
export function isPrivileged(): boolean {
  const capabilities = Buffer.alloc(24);
  check(native.capget(capabilities), 'capget', 'own');
  return (capabilities.readUInt32LE(0) & (1 << CAP_SYS_ADMIN)) !== 0;
}

/**
 * Makes sure that marks can be set on the source, with first ones on its root: there is room then to mark all of it as
 * changed when the disk is full. UserError where they can not.
 */
export function proveMarks(rootFd: number, volume: Volume, namespace: MarkNamespace, nowUs: Xtime): void {
  const { xtime, subtree } = markNames(volume.uuid, namespace);
  try {
    if (readMark(rootFd, xtime) === undefined) writeMark(rootFd, xtime, nowUs);
    if (readMark(rootFd, subtree) === undefined) writeMark(rootFd, subtree, 0);
  } catch (error) {
    const cause = errorCause(error);
    const full = ['ENOSPC', 'EDQUOT'].includes(errorCode(error));
    throw new UserError(
      `Cannot use source "${volume.source}": ${full ? `it cannot be marked: ${cause}` : `its filesystem takes no ${namespace} xattrs (${cause})`}`,
    );
  }
}

/** Mounts and shakes hands with the kernel. */
export async function mountVolume(
  volume: Volume,
  mountpoint: string,
  rootFd: number,
  { mountFlags = 0, allowOther = false, unmarked = false }: DaemonOptions,
): Promise<MountFacts> {
  const privileged = isPrivileged();
  const shared = privileged || allowOther;
  const device = await tryMount(
    { mountpoint, source: volume.source, flags: mountFlags, allowOther: shared },
    privileged,
  );
  let agreement: Agreement;
  try {
    agreement = openSession(device, honoured);
  } catch (error) {
    plainUnmount(mountpoint);
    throw new UserError(`Cannot mount on "${mountpoint}": ${errorCause(error)}`);
  }
  return {
    device,
    rootFd,
    privileged,
    // The kernel takes backing files only from CAP_SYS_ADMIN.
    passthrough: privileged && (agreement.flags & FUSE_PASSTHROUGH) !== 0n,
    marks: markNames(volume.uuid, privileged ? 'trusted' : 'user'),
    unmarked,
  };
}

async function tryMount(request: Omit<MountRequest, 'subtype'>, privileged: boolean): Promise<number> {
  try {
    return await mountFuse({ ...request, subtype: 'markerfs' }, privileged);
  } catch (error) {
    throw new UserError(`Cannot mount on "${request.mountpoint}": ${errorCause(error)}`);
  }
}
