import { setImmediate as breathe } from 'node:timers/promises';
import { Describer } from '../../slave/digest/describer.js';
import { AT, type Row, type Terms } from '../../slave/digest/row.js';
import { type BytePath, isState, join } from '../../slave/path.js';
import type { Aspect } from '../../slave/rsync/items.js';
import { type DescribedSlave, objectId } from '../../slave/slave.js';
import { S_IFDIR } from '../../syscalls/index.js';
import { UserError } from '../../volume/errors.js';
import { firstGlance, type Glance } from '../glance.js';
import type { Source } from '../source.js';
import { hasLinks, isDirectory } from '../transfer/units.js';
import type { Comparison, Difference } from './compare.js';

/** Directories asked for together; both sides read at the same time. */
const BATCH = 64;
/** Names asked for together. */
const NAMES = 1000;

export interface CompareOptions {
  readonly signal?: AbortSignal;
  readonly glance?: Glance;
  /** What only the slave has may be there, other names of what the source has, too. */
  readonly keepsDeleted?: boolean;
}

/**
 * Compares a slave with the source by digests that each side makes of its directories; only of those that differ are
 * the objects compared one by one. `path`: where the source's root is.
 */
export async function compareDigests(
  source: Source,
  path: string,
  slave: DescribedSlave,
  terms: Terms,
  options: CompareOptions = {},
): Promise<Comparison> {
  const comparing = new Comparing(source, path, slave, terms, options);
  try {
    return await comparing.run();
  } finally {
    comparing.close();
  }
}

class Comparing {
  readonly #own: Describer;
  readonly #differences: Difference[] = [];
  /** The names of objects that have several. */
  readonly #linked: BytePath[] = [];
  #compared = 0;
  readonly #glance: Glance;
  readonly #signal: AbortSignal | undefined;
  /** Where names may be left out, or kept, an object may have another number of them on each side. */
  readonly #countsLinks: boolean;

  constructor(
    private readonly source: Source,
    path: string,
    private readonly slave: DescribedSlave,
    private readonly terms: Terms,
    { signal, glance = firstGlance(), keepsDeleted = false }: CompareOptions,
  ) {
    this.#signal = signal;
    this.#glance = glance;
    this.#countsLinks = source.selection.isEverything && !keepsDeleted;
    this.#own = new Describer(path, terms, (bytes) => {
      glance.bytes += bytes;
    });
  }

  close(): void {
    this.#own.close();
  }

  async run(): Promise<Comparison> {
    const open: BytePath[] = [''];
    while (open.length > 0) {
      if (this.#signal?.aborted) throw new UserError('Cannot finish the comparison: it was interrupted');
      const batch = open.splice(-BATCH);
      for (const path of await this.#compareDirectories(batch)) open.push(path);
    }
    await this.#compareLinks();
    return { compared: this.#compared, differences: this.#differences };
  }

  /** Answers the directories in these that both sides have. */
  async #compareDirectories(directories: readonly BytePath[]): Promise<BytePath[]> {
    const asked = this.slave.digest(directories, this.terms);
    asked.catch(() => undefined);
    const own: (string | undefined)[] = [];
    for (const directory of directories) {
      this.#glance.path = directory;
      own.push(await this.#own.digest(directory));
      await breathe();
    }
    const theirs = await asked;
    const inside: BytePath[] = [];
    for (const [at, directory] of directories.entries()) {
      const missing = own[at] === theirs[at] ? new Set<BytePath>() : await this.#compareDirectory(directory);
      for (const path of this.#look(directory)) if (!missing.has(path)) inside.push(path);
    }
    this.#glance.objects = this.#compared;
    return inside;
  }

  /** Counts what is in a directory; answers the directories in it. */
  #look(directory: BytePath): BytePath[] {
    this.source.forget();
    const names = (this.source.list(directory) ?? []).map(({ name }) => name);
    return names.flatMap((name) => {
      const path = join(directory, name);
      const entry = isState(path) ? undefined : this.source.lstat(path);
      if (!entry) return [];
      this.#compared++;
      if (hasLinks(entry)) this.#linked.push(path);
      return isDirectory(entry) ? [path] : [];
    });
  }

  /** Notes how a directory differs; answers the paths that the slave does not have, or has of another kind. */
  async #compareDirectory(directory: BytePath): Promise<Set<BytePath>> {
    const rows = await this.slave.describe(directory, this.terms);
    const theirs = new Map(rows.filter((row) => this.#isMeant(directory, row)).map((row) => [row[AT.name], row]));
    const missing = new Set<BytePath>();
    for await (const row of this.#own.rows(directory)) {
      if (!this.#isMeant(directory, row)) continue;
      const path = pathOf(directory, row[AT.name]);
      const other = theirs.get(row[AT.name]);
      theirs.delete(row[AT.name]);
      const aspects = aspectsOf(row, other).filter((aspect) => this.#countsLinks || aspect !== 'link');
      if (aspects.length > 0) this.#differences.push({ path, aspects });
      if (row[AT.kind] === other?.[AT.kind] || path === directory) continue;
      missing.add(path);
      this.#noteMissing(path);
    }
    for (const [name, row] of theirs) if (name !== '') await this.#noteExtra(join(directory, name), row[AT.kind]);
    return missing;
  }

  /** All that is below a path that the slave does not have. */
  #noteMissing(path: BytePath): void {
    for (const { name } of this.source.list(path) ?? []) {
      const below = join(path, name);
      this.#compared++;
      this.#differences.push({ path: below, aspects: ['missing'] });
      this.#noteMissing(below);
    }
  }

  /** Not what is left out. */
  #isMeant(directory: BytePath, row: Row): boolean {
    return !this.source.selection.excludes(pathOf(directory, row[AT.name]), row[AT.kind] === S_IFDIR);
  }

  /**
   * A path that only the slave has, and all that is below it; neither what is left out nor directories that it is in.
   * Answers whether there is any.
   */
  async #noteExtra(path: BytePath, kind: number): Promise<boolean> {
    if (this.source.selection.excludes(path, kind === S_IFDIR)) return true;
    const found: Difference = { path, aspects: ['extra'] };
    const at = this.#differences.push(found) - 1;
    let keeps = false;
    const inside = [...((await this.slave.list(path)) ?? [])].map((name) => join(path, name));
    const entries = await this.slave.stat(inside);
    for (const [index, inner] of inside.entries()) {
      const entry = entries[index];
      if (entry && (await this.#noteExtra(inner, entry.kind))) keeps = true;
    }
    if (keeps) this.#differences.splice(at, 1);
    return keeps;
  }

  /** Names of one object on the source must be names of one object on the slave, and of no other. */
  async #compareLinks(): Promise<void> {
    const differing = new Set(this.#differences.map(({ path }) => path));
    const counterparts = new Map<string, string>();
    for (let at = 0; at < this.#linked.length; at += NAMES) {
      const paths = this.#linked.slice(at, at + NAMES);
      const theirs = await this.slave.stat(paths);
      for (const [index, path] of paths.entries()) {
        const [own, other] = [this.source.lstat(path), theirs[index]];
        if (!own || !other || differing.has(path)) continue;
        const id = objectId(own);
        if (!counterparts.has(id)) counterparts.set(id, objectId(other));
        if (counterparts.get(id) !== objectId(other)) this.#differences.push({ path, aspects: ['link'] });
      }
    }
  }
}

/** A directory's own row has no name. */
function pathOf(directory: BytePath, name: BytePath): BytePath {
  return name === '' ? directory : join(directory, name);
}

/** In what a row differs from the slave's; nothing where it does not. */
function aspectsOf(row: Row, other: Row | undefined): Aspect[] {
  if (other?.[AT.kind] !== row[AT.kind]) return ['missing'];
  const aspects: [keyof typeof AT, Aspect][] = [
    ['size', 'content'],
    ['device', 'content'],
    ['content', 'content'],
    ['mtime', 'mtime'],
    ['permissions', 'mode'],
    ['uid', 'owner'],
    ['gid', 'group'],
    ['acl', 'acl'],
    ['xattrs', 'xattrs'],
    ['links', 'link'],
  ];
  return [...new Set(aspects.filter(([what]) => row[AT[what]] !== other[AT[what]]).map(([, aspect]) => aspect))];
}
