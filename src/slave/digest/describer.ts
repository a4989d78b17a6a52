import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import {
  check,
  ENOENT,
  native,
  O_CLOEXEC,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  type Stat,
  SystemError,
  statAt,
} from '../../syscalls/index.js';
import { type BytePath, fromBytes, isState, join, readable } from '../path.js';
import { cname, Tree } from '../tree.js';
import type { Row, Terms } from './row.js';
import { readXattrs } from './xattrs.js';

const CHUNK = 1 << 20;
/** Bytes read between two moments in which this process does other things, such as to end. */
const BREATH = 16 << 20;
const PERMISSIONS = 0o7777;

/** Tells of a tree what its copy must have. Reads files whole; follows no symlink. */
export class Describer {
  readonly #tree: Tree;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  #unbreathed = 0;

  /** `root`: the absolute path of the tree. `onRead` is told what was read, an object with several names once. */
  constructor(
    root: string,
    private readonly terms: Terms,
    private readonly onRead?: (bytes: number) => void,
  ) {
    this.#tree = Tree.open(root);
  }

  close(): void {
    this.#tree.close();
  }

  /** A hash of all rows of a directory; undefined where there is no directory. */
  async digest(directory: BytePath): Promise<string | undefined> {
    const hash = createHash('sha256');
    let found = false;
    for await (const row of this.rows(directory)) {
      hash.update(`${JSON.stringify(row)}\n`, 'latin1');
      found = true;
    }
    return found ? hash.digest('base64') : undefined;
  }

  /**
   * A directory itself, under the name '', then what is in it, by name; of directories in it only their names. None
   * where there is no directory. Throws SystemError for what may not be read.
   */
  async *rows(directory: BytePath): AsyncGenerator<Row> {
    this.#tree.forget();
    const self = this.#tree.lstat(directory);
    const entries = self?.isDirectory ? this.#tree.list(directory) : undefined;
    if (!self || !entries) return;
    yield this.#row('', self, this.#fd(directory), '.', '');
    for (const name of entries.map((entry) => fromBytes(entry.name)).sort()) {
      const path = join(directory, name);
      const row = isState(path) ? undefined : await this.#describe(directory, path, name);
      if (row) yield row;
    }
  }

  async #describe(directory: BytePath, path: BytePath, name: BytePath): Promise<Row | undefined> {
    const fd = this.#fd(directory);
    const stat = statAt(fd, cname(name));
    if (stat === -ENOENT) return undefined;
    if (typeof stat === 'number') throw new SystemError(-stat, 'statx', readable(path));
    if (stat.kind === S_IFDIR) return [name, S_IFDIR, 0, 0, 0, 0, '', '', '', '', '', ''];
    const row = this.#row(name, stat, fd, name, stat.kind === S_IFLNK ? this.#target(fd, name) : '');
    if (stat.kind !== S_IFREG || !this.#isRead(path)) return row;
    const content = await this.#content(fd, name, stat.nlink);
    return content === undefined ? undefined : ([...row.slice(0, -1), content] as unknown as Row);
  }

  #row(shown: BytePath, stat: Stat, directory: number, name: BytePath, content: string): Row {
    const { privileged } = this.terms;
    const { acl, xattrs } = readXattrs(directory, name, privileged);
    const isDevice = stat.kind !== S_IFREG && stat.kind !== S_IFDIR && stat.kind !== S_IFLNK;
    return [
      ...([shown, stat.kind, stat.kind === S_IFLNK ? 0 : stat.mode & PERMISSIONS] as const),
      ...([privileged ? stat.uid : 0, privileged ? stat.gid : 0] as const),
      stat.kind === S_IFDIR ? 0 : stat.nlink,
      stat.kind === S_IFREG ? String(stat.size) : '',
      `${stat.mtimeSec}.${stat.mtimeNsec}`,
      isDevice ? `${stat.rdevMajor}:${stat.rdevMinor}` : '',
      acl,
      xattrs,
      content,
    ];
  }

  #target(directory: number, name: BytePath): string {
    const length = check(native.readlinkat(directory, cname(name), this.#buffer), 'readlink', name);
    return createHash('sha256').update(this.#buffer.subarray(0, length)).digest('base64');
  }

  /** A share of the files, by chance and yet the same on both sides. */
  #isRead(path: BytePath): boolean {
    const { share, seed } = this.terms;
    if (share >= 1) return true;
    return createHash('md5').update(`${seed}${path}`, 'latin1').digest().readUInt32BE() < share * 2 ** 32;
  }

  /** The hash of a file's content; undefined where it is gone. */
  async #content(directory: number, name: BytePath, links: number): Promise<string | undefined> {
    // Not to wait for a writer, should it have become a fifo.
    const fd = native.openat(directory, cname(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd === -ENOENT) return undefined;
    check(fd, 'open', readable(name));
    try {
      const hash = createHash('sha256');
      for (;;) {
        const length = check(native.read(fd, this.#buffer), 'read', readable(name));
        if (length === 0) return hash.digest('base64');
        hash.update(this.#buffer.subarray(0, length));
        this.onRead?.(length / links);
        this.#unbreathed += length;
        if (this.#unbreathed < BREATH) continue;
        this.#unbreathed = 0;
        await breathe();
      }
    } finally {
      native.close(fd);
    }
  }

  /** The directory's descriptor: asked for again after each wait, in which another path may have been looked at. */
  #fd(directory: BytePath): number {
    const fd = this.#tree.directory(directory);
    if (fd === undefined) throw new SystemError(ENOENT, 'open', readable(directory));
    return fd;
  }
}
