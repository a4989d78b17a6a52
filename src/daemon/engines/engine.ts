import type { Filesystem } from '../../filesystem/filesystem.js';
import type { MountRequest } from '../../fuse/index.js';
import type { MountFacts, SharedMemory } from '../wiring.js';

/** What the daemon learns from mounting. */
export interface Mounted {
  /** The FUSE device's descriptor. */
  readonly device: number;
  /** Whether the kernel reads and writes the source's files itself. */
  readonly passthrough: boolean;
  /** Queues of requests over io_uring, one for each processor; 0 when all requests come from the device. */
  readonly queues: number;
}

/** What serves a mount: it takes the kernel's requests and has the operations of the filesystem answer them. */
export interface Engine {
  /** What it cannot do, said once at the mount. */
  readonly notes: readonly string[];

  /** Mounts. Requests may come in from then on, but wait until {@link serve}. Throws what keeps it from mounting. */
  mount(request: MountRequest, privileged: boolean): Promise<Mounted>;

  /**
   * Serves until the filesystem has been unmounted; resolves to whether everything ended in order. `filesystem` is the
   * main thread's. `failed` is called when a part of it dies of a bug.
   */
  serve(memory: SharedMemory, facts: MountFacts, filesystem: Filesystem, failed: () => void): Promise<boolean>;
}
