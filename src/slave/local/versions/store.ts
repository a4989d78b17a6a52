import {
  check,
  EEXIST,
  EISDIR,
  ENOENT,
  native,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
  RENAME_NOREPLACE,
  SystemError,
} from '../../../syscalls/index.js';
import { SLAVE_STATE } from '../../identity.js';
import { type BytePath, fromBytes, join, nameOf, namesOf, parentOf, readable } from '../../path.js';
import { objectId } from '../../slave.js';
import { cname, type Tree } from '../../tree.js';
import { linkedBelow } from '../links.js';
import { letOwnerIn } from '../writable.js';
import { copyFile } from './copy.js';
import { isBelowAny, MAKING, OBJECTS, VERSIONS, WHOLE } from './layout.js';

const OWNER_ONLY = 0o700;
const DIRECTORY = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/** Keeps what would be removed from a slave, or replaced there. Each step is one rename: nothing is lost wherever it is cut. */
export class VersionStore {
  readonly #root: number;
  #untilUs: number;
  /** Directories that were taken whole, of this time: nothing else may be put into them. */
  readonly #whole = new Set<BytePath>();
  /** The folder of objects that was used last: consecutive paths mostly lie in one directory. */
  #last: { readonly directory: BytePath; readonly fd: number } | undefined;

  /** `untilUs`: what is kept was there until then. */
  constructor(
    private readonly tree: Tree,
    untilUs: number,
  ) {
    this.#untilUs = untilUs;
    const state = check(native.openat(tree.directory('')!, cname(SLAVE_STATE), DIRECTORY, 0), 'open', SLAVE_STATE);
    try {
      this.#root = descend(state, [VERSIONS]);
    } finally {
      native.close(state);
    }
  }

  close(): void {
    this.#leave();
    native.close(this.#root);
  }

  /**
   * Takes an object away from its place; a directory with all below it. Nothing there is no error. What has other names
   * elsewhere on the slave is copied: they must not have one more.
   */
  async take(path: BytePath): Promise<void> {
    const outside = this.#linkedOut(path);
    if (!this.#rename(path) || outside.length === 0) return;
    for (const name of outside) await this.#separate(path, name);
  }

  /** Copies a file that is going to be changed where it is, or through another name. Nothing there is no error. */
  async copy(path: BytePath): Promise<void> {
    this.tree.forget();
    const directory = this.tree.directory(parentOf(path));
    const entry = directory === undefined ? undefined : this.tree.entry(path);
    if (directory === undefined || !entry) return;
    await this.#copyTo(this.tree.directory(parentOf(path))!, nameOf(path), path);
  }

  /** The names at and below a path of files that have others elsewhere, relative to the path. */
  #linkedOut(path: BytePath): BytePath[] {
    this.tree.forget();
    const leading = [...linkedBelow(this.tree, path)].filter(([, { here, all }]) => here < all).map(([id]) => id);
    if (leading.length === 0) return [];
    const outside = new Set(leading);
    const names: BytePath[] = [];
    const visit = (at: BytePath): void => {
      const full = at === '' ? path : join(path, at);
      const stat = this.tree.lstat(full);
      if (stat?.isDirectory) for (const { name } of this.tree.list(full) ?? []) visit(join(at, fromBytes(name)));
      else if (stat && outside.has(objectId(stat))) names.push(at);
    };
    visit('');
    this.tree.forget();
    return names;
  }

  #rename(path: BytePath): boolean {
    this.tree.forget();
    const directory = this.tree.directory(parentOf(path));
    if (directory === undefined) return false;
    letOwnerIn(directory, nameOf(path));
    const name = cname(nameOf(path));
    for (;;) {
      const isDirectory = this.tree.lstat(path)?.isDirectory === true;
      if (isDirectory) this.#markWhole(path);
      const result = native.renameat2(directory, name, this.#objects(parentOf(path)), name, RENAME_NOREPLACE);
      if (result === -ENOENT) return false;
      if (result !== -EEXIST) {
        check(result, 'rename', readable(path));
        if (isDirectory) this.#whole.add(path);
        return true;
      }
      // This name was kept already, or what was below it: what is there now has a later time.
      this.#later();
    }
  }

  /** In the store: a copy in place of what is linked to elsewhere. `name` is relative to what was taken. */
  async #separate(path: BytePath, name: BytePath): Promise<void> {
    const objects = this.#objects(parentOf(path));
    const names = [nameOf(path), ...namesOf(name)];
    const parent = open(objects, names.slice(0, -1));
    const last = names.at(-1)!;
    const folder = this.#folder();
    try {
      if (await copyFile(parent, last, folder, MAKING))
        check(native.renameat2(folder, cname(MAKING), parent, cname(last), 0), 'rename', readable(path));
      // What is no file is told by its other name.
      else check(native.unlinkat(parent, cname(last), 0), 'unlink', readable(path));
    } finally {
      native.close(parent);
      native.close(folder);
    }
  }

  async #copyTo(from: number, name: BytePath, path: BytePath): Promise<void> {
    const folder = this.#folder();
    try {
      if (!(await copyFile(from, name, folder, MAKING))) return;
      for (;;) {
        const objects = this.#objects(parentOf(path));
        const result = native.renameat2(folder, cname(MAKING), objects, cname(name), RENAME_NOREPLACE);
        if (result !== -EEXIST) {
          check(result, 'rename', readable(path));
          return;
        }
        this.#later();
      }
    } finally {
      native.close(folder);
    }
  }

  /** Before it is taken: else it might be held for a directory that only leads somewhere. */
  #markWhole(path: BytePath): void {
    const parent = descend(this.#root, [String(this.#untilUs), WHOLE, ...namesOf(parentOf(path))]);
    const fd = native.openat(parent, cname(nameOf(path)), O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o600);
    native.close(parent);
    // A directory is in its place: something below it was removed in this time, and this comes later.
    if (fd === -EISDIR) {
      this.#later();
      this.#markWhole(path);
    } else native.close(check(fd, 'open', readable(path)));
  }

  #later(): void {
    this.#leave();
    this.#whole.clear();
    this.#untilUs++;
  }

  #leave(): void {
    if (this.#last) native.close(this.#last.fd);
    this.#last = undefined;
  }

  #folder(): number {
    return descend(this.#root, [String(this.#untilUs)]);
  }

  /** The folder for the objects of a directory; valid until the next call. */
  #objects(directory: BytePath): number {
    if (this.#last?.directory === directory) return this.#last.fd;
    if (isBelowAny(directory, this.#whole)) this.#later();
    this.#leave();
    const fd = descend(this.#root, [String(this.#untilUs), OBJECTS, ...namesOf(directory)]);
    this.#last = { directory, fd };
    return fd;
  }
}

/** Opens a directory below an open one, name by name, and makes what is missing. */
function descend(from: number, names: readonly BytePath[]): number {
  return walk(from, names, (directory, name) => {
    const made = native.mkdirat(directory, cname(name), OWNER_ONLY);
    if (made !== -EEXIST) check(made, 'mkdir', readable(name));
  });
}

function open(from: number, names: readonly BytePath[]): number {
  return walk(from, names, () => undefined);
}

function walk(from: number, names: readonly BytePath[], prepare: (directory: number, name: BytePath) => void): number {
  let at = check(native.openat(from, cname('.'), DIRECTORY, 0), 'open', '.');
  for (const name of names) {
    let next = native.openat(at, cname(name), DIRECTORY, 0);
    if (next === -ENOENT) {
      try {
        prepare(at, name);
      } catch (error) {
        native.close(at);
        throw error;
      }
      next = native.openat(at, cname(name), DIRECTORY, 0);
    }
    native.close(at);
    if (next < 0) throw new SystemError(-next, 'open', readable(name));
    at = next;
  }
  return at;
}
