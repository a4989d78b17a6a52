import { backingMap, FUSE_DEV_IOC_BACKING_CLOSE, FUSE_DEV_IOC_BACKING_OPEN, forgetAttributes } from '../fuse/index.js';
import { native, O_ACCMODE, O_RDONLY, O_WRONLY, S_ISGID, S_ISUID } from '../syscalls/index.js';
import { HandleKind, type Handles } from './handles.js';
import type { Identity } from './identity.js';
import { fallsBack, node } from './nodes/memory.js';
import type { NodeTable } from './nodes/table.js';
import { addWriter, removeWriter } from './nodes/writers.js';

/**
 * Open files and their backing ids. With passthrough the kernel reads and writes a backing file itself; it wants the
 * same backing id for all opens of an inode, and the id to live until the last of them is released. A file that the
 * kernel does not take (it lies on a stacked filesystem, say) is served by requests, again for all its opens, since the
 * two ways cannot be mixed. So is a file with set-ID bits: whose write takes them away the kernel says with a request.
 */
export class Backing {
  readonly #map = Buffer.alloc(backingMap.bytes);

  constructor(
    private readonly table: NodeTable,
    private readonly handles: Handles,
    private readonly identity: Identity,
    private readonly device: number,
    /** Whether the kernel agreed to passthrough. */
    private readonly passthrough: boolean,
  ) {}

  /**
   * Counts an open by a user with these flags, whose descriptor is a handle now, and returns its backing id; 0 when reads
   * and writes come as requests. `mode`: the file's. `isNew`: the kernel has not heard of the node before.
   */
  opened(id: number, fd: number, flags: number, uid: number, mode: number, isNew = false): number {
    const kind = kindOf(flags);
    this.handles.opened(fd, id, kind);
    const known = this.table.locked(() => {
      this.#count(id, node.opens, 1);
      if (kind !== HandleKind.reading) addWriter(this.table, id);
      if (kind === HandleKind.both) this.#count(id, node.mappers, 1);
      return this.table.get(id, node.backing);
    });
    const backing = known === 0 ? this.#agree(id, this.#register(fd, uid, mode)) : known;
    if (backing === fallsBack) return 0;
    // What the kernel knows of its attributes it may trust for a while, but not while it may be mapped.
    if (kind === HandleKind.both && !isNew) this.forgetAttributes(id);
    return backing;
  }

  /**
   * How many seconds the kernel may trust a node's attributes, `otherwise` where nothing speaks against it. With
   * passthrough a shared mapping changes times and blocks of a file without a word, here or in the kernel.
   */
  trusted(id: number, otherwise: number): number {
    return this.table.get(id, node.mappers) > 0 ? 0 : otherwise;
  }

  /** The kernel asks again when somebody wants to know the attributes of a node. */
  forgetAttributes(id: number): void {
    forgetAttributes(this.device, id);
  }

  /** Counts a release of a handle of this kind; ends the backing id with the last one. */
  released(id: number, kind: HandleKind): void {
    const ended = this.table.locked(() => {
      if (kind !== HandleKind.reading) removeWriter(this.table, id);
      if (kind === HandleKind.both) this.#count(id, node.mappers, -1);
      if (this.#count(id, node.opens, -1) > 0) return 0;
      const backing = this.table.get(id, node.backing);
      this.table.set(id, node.backing, 0);
      this.table.freeIfUnused(id);
      return backing;
    });
    if (ended !== 0 && ended !== fallsBack) this.#close(ended);
  }

  /** Counts handles in a word of a node; returns how many there are. The lock is held. */
  #count(id: number, word: number, change: number): number {
    const count = this.table.get(id, word) + change;
    this.table.set(id, word, count);
    return count;
  }

  /** Where two threads opened a file at the same moment, the first answer holds for both. */
  #agree(id: number, mine: number): number {
    const agreed = this.table.locked(() => {
      const first = this.table.get(id, node.backing);
      if (first === 0) this.table.set(id, node.backing, mine);
      return first === 0 ? mine : first;
    });
    if (agreed !== mine && mine !== fallsBack) this.#close(mine);
    return agreed;
  }

  /**
   * The kernel writes with the rights that this thread has at this moment, whoever shares the id; see
   * {@link Identity.asUser}. Where it depends on the writer whether set-ID bits go, writes have to come as requests.
   */
  #register(fd: number, uid: number, mode: number): number {
    if (!this.passthrough || (mode & (S_ISUID | S_ISGID)) !== 0) return fallsBack;
    this.#map.writeInt32LE(fd, backingMap.fd);
    const result = this.identity.asUser(uid, () => native.ioctl(this.device, FUSE_DEV_IOC_BACKING_OPEN, this.#map));
    return result > 0 ? result : fallsBack;
  }

  #close(backing: number): void {
    const argument = Buffer.alloc(4);
    argument.writeUInt32LE(backing);
    native.ioctl(this.device, FUSE_DEV_IOC_BACKING_CLOSE, argument);
  }
}

function kindOf(flags: number): HandleKind {
  const access = flags & O_ACCMODE;
  if (access === O_RDONLY) return HandleKind.reading;
  return access === O_WRONLY ? HandleKind.writing : HandleKind.both;
}
