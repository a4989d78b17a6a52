import {
  type Agreement,
  FUSE_OVER_IO_URING,
  FUSE_PASSTHROUGH,
  honoured,
  type MountRequest,
  mountFuse,
  openSession,
  queueCount,
  ringsWork,
} from '../../fuse/index.js';
import { plainUnmount } from '../../volume/mounting.js';
import { runWorkers } from '../workers.js';
import type { Engine, Mounted } from './engine.js';

/** The first engine: speaks the FUSE protocol itself, on worker threads. */
export const markerfsEngine: Engine = {
  notes: [],
  mount,
  serve: (memory, facts, _filesystem, failed) => runWorkers(memory, facts, failed),
};

/** Mounts and shakes hands with the kernel. */
async function mount(request: MountRequest, privileged: boolean): Promise<Mounted> {
  const device = await mountFuse(request, privileged);
  let agreement: Agreement;
  try {
    agreement = openSession(device, ringsWork() ? honoured : honoured & ~FUSE_OVER_IO_URING);
  } catch (error) {
    plainUnmount(request.mountpoint);
    throw error;
  }
  const agreed = (flag: bigint) => (agreement.flags & flag) !== 0n;
  return {
    device,
    // The kernel takes backing files only from CAP_SYS_ADMIN.
    passthrough: privileged && agreed(FUSE_PASSTHROUGH),
    queues: agreed(FUSE_OVER_IO_URING) ? queueCount() : 0,
  };
}
