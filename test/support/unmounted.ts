import { allocateMemory, assemble, type MountFacts } from '../../src/daemon/wiring.js';
import type { Filesystem } from '../../src/filesystem/filesystem.js';
import { attributeHandlers } from '../../src/filesystem/protocol/attributes.js';
import { entryHandlers } from '../../src/filesystem/protocol/entries.js';
import { handleHandlers } from '../../src/filesystem/protocol/handles.js';
import type { Handlers } from '../../src/fuse/index.js';
import { JournalQueue } from '../../src/journal/queue.js';
import { HybridClock, wallClock } from '../../src/marker/clock.js';
import { markNames } from '../../src/marker/mark.js';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  check,
  cstr,
  emptyName,
  native,
  O_CLOEXEC,
  O_DIRECTORY,
  O_RDONLY,
} from '../../src/syscalls/index.js';

const HOUR_US = 3_600_000_000;

/** What {@link assembleOver} may be told. */
export interface Assembly {
  /** The FUSE device; −1 where there is no mount, and requests come from the test. */
  readonly device: number;
  readonly privileged: boolean;
  /** What the marks of this filesystem carry; another filesystem above it has its own. */
  readonly uuid: string;
}

/** The filesystem of one thread over a folder, put together as the daemon does it, without a journal: records are dropped. */
export function assembleOver(folder: string, { device, privileged, uuid }: Assembly): Filesystem {
  const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const rootFd = check(native.openat(AT_FDCWD, cstr(folder), flags, 0), 'open', folder);
  const memory = { ...allocateMemory(), journal: JournalQueue.allocate(1 << 16) };
  new HybridClock(memory.clock).start(wallClock(), wallClock() + 24 * HOUR_US);
  new JournalQueue(memory.journal).fail('nobody reads it');
  const marks = markNames(uuid, privileged ? 'trusted' : 'user');
  const facts: MountFacts = {
    device,
    rootFd,
    privileged,
    passthrough: false,
    queues: 0,
    mountpoint: '',
    marks,
    unmarked: false,
    debugFuse: false,
  };
  const filesystem = assemble(memory, facts, 0);
  check(filesystem.stat.read(rootFd, emptyName, AT_EMPTY_PATH), 'statx', folder);
  filesystem.table.plantRoot(filesystem.stat);
  return filesystem;
}

/** All operations of a filesystem. */
export function handlersOf(filesystem: Filesystem): Handlers {
  return { ...entryHandlers(filesystem), ...attributeHandlers(filesystem), ...handleHandlers(filesystem) };
}
