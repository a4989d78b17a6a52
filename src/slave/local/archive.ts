import type { Archive, KeptObject, KeptVersion, RsyncSource } from '../archive.js';
import type { BytePath } from '../path.js';
import { hasHoles, Tree } from '../tree.js';
import { Versions } from './versions/find.js';

/** So many objects are told of at once. */
const PART = 4096;

/** Old versions in a copy that is a directory of this machine. */
export class LocalArchive implements Archive {
  readonly rsync: RsyncSource;
  readonly #tree: Tree;

  /** `directory`: its real path. `aheadUs`: see {@link Versions}. */
  constructor(
    directory: string,
    private readonly aheadUs = 0,
  ) {
    this.rsync = { source: directory, args: [], env: {} };
    this.#tree = Tree.open(directory);
  }

  async versions(path: BytePath): Promise<KeptVersion[]> {
    return [...this.#find().of(path)].map(({ sinceUs, untilUs, stat }) => ({
      sinceUs: sinceUs || null,
      untilUs: Number.isFinite(untilUs) ? untilUs : null,
      kind: stat.kind,
      bytes: Number(stat.size),
      modifiedUs: Number(stat.mtimeSec) * 1e6 + Math.floor(stat.mtimeNsec / 1000),
    }));
  }

  async *below(path: BytePath, timeUs: number): AsyncGenerator<KeptObject[]> {
    let part: KeptObject[] = [];
    for (const { path: found, version } of this.#find().below(path, timeUs)) {
      part.push({ path: found, folder: version.folder, hasHoles: hasHoles(version.stat) });
      if (part.length < PART) continue;
      yield part;
      part = [];
      // Whoever takes the parts takes his time.
      this.#tree.forget();
    }
    if (part.length > 0) yield part;
  }

  close(): void {
    this.#tree.close();
  }

  #find(): Versions {
    this.#tree.forget();
    return new Versions(this.#tree, this.aheadUs);
  }
}
