import type { MountRequest } from '../fuse/index.js';
import { type MarkNamespace, markNames, readMark, writeMark, type Xtime } from '../marker/mark.js';
import { CAP_SYS_ADMIN, check, native } from '../syscalls/index.js';
import { errorCause, errorCode, UserError } from '../volume/errors.js';
import type { Volume } from '../volume/volume.js';
import type { Engine, Mounted } from './engines/engine.js';
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

/** Has the engine mount the volume. */
export async function mountVolume(
  engine: Engine,
  volume: Volume,
  mountpoint: string,
  rootFd: number,
  { mountFlags = 0, allowOther = false, unmarked = false, debugFuse = false }: DaemonOptions,
): Promise<MountFacts> {
  const privileged = isPrivileged();
  const request: MountRequest = {
    mountpoint,
    source: volume.source,
    subtype: 'markerfs',
    flags: mountFlags,
    allowOther: privileged || allowOther,
  };
  const mounted = await tryMount(engine, request, privileged);
  const marks = markNames(volume.uuid, privileged ? 'trusted' : 'user');
  return { ...mounted, mountpoint, rootFd, privileged, marks, unmarked, debugFuse };
}

async function tryMount(engine: Engine, request: MountRequest, privileged: boolean): Promise<Mounted> {
  try {
    return await engine.mount(request, privileged);
  } catch (error) {
    throw new UserError(`Cannot mount on "${request.mountpoint}": ${errorCause(error)}`);
  }
}
