import { backingMap, FUSE_DEV_IOC_BACKING_CLOSE, FUSE_DEV_IOC_BACKING_OPEN, forgetAttributes } from '../fuse/index.js';
import { AT_EMPTY_PATH, emptyName, native, S_ISGID, S_ISUID, Stat } from '../syscalls/index.js';
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
  readonly #stat = new Stat();

  constructor(
    private readonly table: NodeTable,
    private readonly handles: Handles,
    private readonly identity: Identity,
    private readonly device: number,
    /** Whether the kernel agreed to passthrough. */
    private readonly passthrough: boolean,
  ) {}

  /**
   * Counts an open by a user, whose descriptor is a handle now, and returns its backing id; 0 when reads and writes come
   * as requests. `isNew`: the kernel has not heard of the node before.
   */
  opened(id: number, fd: number, writing: boolean, uid: number, isNew = false): number {
    this.handles.opened(fd, id, writing ? HandleKind.writing : HandleKind.reading);
    const known = this.table.locked(() => {
      this.table.set(id, node.opens, this.table.get(id, node.opens) + 1);
      if (writing) addWriter(this.table, id);
      return this.table.get(id, node.backing);
    });
    const backing = known === 0 ? this.#agree(id, this.#register(fd, uid)) : known;
    if (backing === fallsBack) return 0;
    // What the kernel knows of its attributes it may trust for a while, but not while there are writers.
    if (writing && !isNew) this.forgetAttributes(id);
    return backing;
  }

  /**
   * How many seconds the kernel may trust a node's attributes, `otherwise` where nothing speaks against it. With
   * passthrough a shared mapping changes size, times and blocks of a file without a word, here or in the kernel.
   */
  trusted(id: number, otherwise: number): number {
    return this.table.get(id, node.writers) > 0 ? 0 : otherwise;
  }

  /** The kernel asks again when somebody wants to know the attributes of a node. */
  forgetAttributes(id: number): void {
    forgetAttributes(this.device, id);
  }

  /** Counts a release; ends the backing id with the last one. */
  released(id: number, writing: boolean): void {
    const ended = this.table.locked(() => {
      const opens = this.table.get(id, node.opens) - 1;
      this.table.set(id, node.opens, opens);
      if (writing) removeWriter(this.table, id);
      if (opens > 0) return 0;
      const backing = this.table.get(id, node.backing);
      this.table.set(id, node.backing, 0);
      this.table.freeIfUnused(id);
      return backing;
    });
    if (ended !== 0 && ended !== fallsBack) this.#close(ended);
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
  #register(fd: number, uid: number): number {
    if (!this.passthrough || this.#hasSetIds(fd)) return fallsBack;
    this.#map.writeInt32LE(fd, backingMap.fd);
    const result = this.identity.asUser(uid, () => native.ioctl(this.device, FUSE_DEV_IOC_BACKING_OPEN, this.#map));
    return result > 0 ? result : fallsBack;
  }

  #hasSetIds(fd: number): boolean {
    return this.#stat.read(fd, emptyName, AT_EMPTY_PATH) === 0 && (this.#stat.mode & (S_ISUID | S_ISGID)) !== 0;
  }

  #close(backing: number): void {
    const argument = Buffer.alloc(4);
    argument.writeUInt32LE(backing);
    native.ioctl(this.device, FUSE_DEV_IOC_BACKING_CLOSE, argument);
  }
}
