import fs from 'node:fs';
import type { Stat } from '../../../syscalls/index.js';
import { type BytePath, fromBytes, isState, join, nameOf, parentOf, toBytes } from '../../path.js';
import type { Tree } from '../../tree.js';
import { folderOf, isWhole, OBJECTS, REPLACED, timesIn } from './layout.js';

/** What was at a path. */
export interface Version {
  /** It was there until then, µs since 1970; infinite for what is there now. */
  readonly untilUs: number;
  /** It came to the slave then; 0 where nothing tells. */
  readonly sinceUs: number;
  /** Where it is kept, from the slave's root: a folder and then its own path. */
  readonly folder: BytePath;
  readonly stat: Stat;
}

/**
 * Old versions in a copy, of the tree of a slave. `aheadUs`: how far the clock there, by which things came to the slave, is
 * ahead of the one that tells until when they were there.
 */
export class Versions {
  readonly #times: readonly number[];

  constructor(
    private readonly tree: Tree,
    private readonly aheadUs = 0,
  ) {
    this.#times = timesIn(tree);
  }

  /** Of a path, the oldest first; what is there now is the last, if there is anything. */
  *of(path: BytePath): Generator<Version> {
    for (const timeUs of this.#times) {
      const version = this.#keptAt(path, timeUs);
      if (version) yield version;
    }
    const now = isState(path) ? undefined : this.#version('', path, Number.POSITIVE_INFINITY);
    if (now) yield now;
  }

  /** What was at a path at a time; undefined where nothing was. */
  at(path: BytePath, timeUs: number): Version | undefined {
    for (const version of this.of(path))
      if (version.untilUs > timeUs) return version.sinceUs <= timeUs ? version : undefined;
    return undefined;
  }

  /** What was at and below a path at a time, a directory before what is in it. */
  *below(path: BytePath, timeUs: number): Generator<{ path: BytePath; version: Version }> {
    const version = this.at(path, timeUs);
    if (!version) return;
    yield { path, version };
    if (!version.stat.isDirectory) return;
    for (const name of [...this.#namesIn(path, timeUs)].sort()) yield* this.below(join(path, name), timeUs);
  }

  #keptAt(path: BytePath, timeUs: number): Version | undefined {
    const folder = folderOf(timeUs);
    const removed = this.#version(`${folder}/${OBJECTS}`, path, timeUs);
    if (removed && (!removed.stat.isDirectory || isWhole(this.tree, folder, path))) return removed;
    const replaced = this.#version(`${folder}/${REPLACED}`, path, timeUs);
    return replaced?.stat.isDirectory ? undefined : replaced;
  }

  #version(folder: BytePath, path: BytePath, untilUs: number): Version | undefined {
    const stat = this.tree.lstat(join(folder, path));
    if (!stat) return undefined;
    const bornUs = this.#born(join(folder, path));
    // A copy was made when it was kept: since when its content had been there is not known.
    return { untilUs, sinceUs: bornUs < untilUs ? bornUs : 0, folder, stat };
  }

  #born(place: BytePath): number {
    const directory = this.tree.directory(parentOf(place));
    const file = Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), toBytes(nameOf(place) || '.')]);
    return Number(fs.lstatSync(file, { bigint: true }).birthtimeNs / 1000n) - this.aheadUs;
  }

  #namesIn(path: BytePath, timeUs: number): Set<BytePath> {
    const later = this.#times.filter((time) => time > timeUs).map(folderOf);
    const kept = later.flatMap((folder) => [`${folder}/${OBJECTS}`, `${folder}/${REPLACED}`]);
    const places = ['', ...kept].map((folder) => (path === '' ? folder : join(folder, path)));
    const entries = places.flatMap((place) => this.tree.list(place) ?? []);
    return new Set(entries.map(({ name }) => fromBytes(name)).filter((name) => !isState(join(path, name))));
  }
}
