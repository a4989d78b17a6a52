import fs from 'node:fs';
import { ancestorsOf, type BytePath, parentOf, STATE_FOLDERS, toBytes } from '../../slave/path.js';
import { ITEMIZE, type Item, itemsIn } from '../../slave/rsync/items.js';
import { S_IFDIR, S_IFREG } from '../../syscalls/index.js';
import { errorCause } from '../../volume/errors.js';
import { withoutKept } from '../selection/doomed.js';
import { IN_ITS_PLACE, type Selection } from '../selection/selection.js';
import type { RsyncOptions } from '../transfer/options.js';
import { formatList, patientFor, verdictOf } from '../transfer/rsync.js';
import { runRsync } from '../transfer/run.js';
import { parseStats } from '../transfer/stats.js';
import type { PutResult, Transfer } from '../transfer/transfer.js';
import { filesOf, type Unit } from '../transfer/units.js';
import type { PlainTransfer, SweepResult } from './transfer.js';

const LIST = ['--from0', '--files-from=-'];

/** What is in the listed directories is only looked at for what is too much; one level of each. */
const SWEEP = [
  '--delete',
  '--existing',
  '--ignore-existing',
  ...STATE_FOLDERS.map((folder) => `--filter=- /${folder}`),
];

/** Nothing is removed by name. */
const PROTECT_ALL = '--filter=P *';

const UNKNOWN = 'rsync cannot tell whether it would delete something that is excluded';

/** Of an object that stands where another one will be, only that it is there matters. */
const BARE = ['-I', '--no-perms', '--no-times', '--no-owner', '--no-group', '--no-acls', '--no-xattrs'];

/** rsync, for a slave that nothing else reaches. */
export class PlainRsync implements PlainTransfer {
  /** `scratch`: a folder of this machine that may be made and removed. */
  constructor(
    private readonly transfer: (options: RsyncOptions) => Transfer,
    private readonly options: RsyncOptions,
    private readonly scratch: string,
    private readonly selection: Selection,
  ) {
    fs.rmSync(scratch, { recursive: true, force: true });
  }

  get jobs(): number {
    return this.options.jobs;
  }

  /** Never in place: nobody knows what has links on the slave. */
  async put(units: readonly Unit[]): Promise<PutResult> {
    if (this.selection.isEverything) return this.#put(units, this.options);
    const taken = await this.#taken(units);
    if (taken !== undefined) return { verdict: 'partial', reason: taken, bytes: 0 };
    const compare = units[0]!.effort === 'compare';
    const options = patientFor(units, this.options);
    const told = await this.#tell(options, [compare ? '-c' : '--size-only'], formatList(units));
    if (!told) return { verdict: 'partial', reason: UNKNOWN, bytes: 0 };
    const doomed = told.filter(isExtra);
    if (doomed.some(({ path, isDirectory }) => this.selection.excludes(path, isDirectory)))
      return { verdict: 'partial', reason: IN_ITS_PLACE, bytes: 0 };
    // Only what is to take the place of a directory may: another one may have been replaced on the source since.
    const tops = new Set(doomed.flatMap(({ path }) => [path, ...ancestorsOf(path)]));
    const isForced = ({ items }: Unit): boolean => items.some(({ path }) => tops.has(path));
    const changed = compare ? changedOf(units, told) : units;
    const args = [...this.options.target.args, PROTECT_ALL];
    const gentle = { ...this.options, target: { ...this.options.target, args } };
    const rest = await this.#put(
      changed.filter((unit) => !isForced(unit)),
      gentle,
    );
    if (rest.verdict === 'partial') return rest;
    const forced = await this.#put(changed.filter(isForced), this.options);
    const unchanged = filesOf(units).length - filesOf(changed).length;
    return { ...(forced.verdict === 'done' ? rest : forced), bytes: rest.bytes + forced.bytes, unchanged };
  }

  /** What would go to make room for these, with all that is below; undefined where rsync could not tell. */
  async replaced(units: readonly Unit[]): Promise<Item[] | undefined> {
    return (await this.#tell(this.options, ['--size-only'], formatList(units)))?.filter(isExtra);
  }

  async #put(units: readonly Unit[], options: RsyncOptions): Promise<PutResult> {
    if (units.length === 0) return { verdict: 'done', reason: '', bytes: 0 };
    const items = units.flatMap((unit) => unit.items);
    const remade = items.filter(({ entry, effort }) => effort === 'write' && ![S_IFREG, S_IFDIR].includes(entry.kind));
    const cut =
      remade.length === 0
        ? undefined
        : await this.#blank(
            remade.map(({ path }) => path),
            options,
          );
    return cut?.verdict === 'partial' ? cut : this.transfer(options).put(units, false);
  }

  putRoot(): Promise<PutResult> {
    return this.transfer(this.options).putRoot();
  }

  /**
   * Why these cannot be put: something stands at one of them, or where a directory above is to be, that is left out for what
   * it is. rsync tells nothing of what it replaces, so that the slave is asked what it has there: by a copy that is not made.
   */
  async #taken(units: readonly Unit[]): Promise<string | undefined> {
    const paths = units.flatMap(({ items }) => items.map(({ path }) => path));
    const steps = new Set(paths.flatMap((path) => [...ancestorsOf(path), path]));
    const asked = [...steps].filter((path) => this.selection.dependsOnKind(path));
    if (asked.length === 0) return undefined;
    const { destination } = this.options.target;
    return this.#scratched(async (folder) => {
      const target = { ...this.options.target, destination: folder };
      const back = { ...this.options, source: destination, sourceName: destination, target };
      const flags = ['--dry-run', ...ITEMIZE, '--dirs', '--ignore-missing-args'];
      const { stdout, verdict } = await this.#run(back, flags, listOf(asked, ''));
      if (itemsIn(stdout).some(({ path, isDirectory }) => this.selection.excludes(path, isDirectory)))
        return IN_ITS_PLACE;
      return verdict === 'partial' ? UNKNOWN : undefined;
    });
  }

  async sweep(directories: readonly BytePath[], hidden: readonly BytePath[], stays: boolean): Promise<SweepResult> {
    const kept = stays ? [] : await this.#kept(directories, hidden);
    if (!kept) return { verdict: 'partial', reason: UNKNOWN, bytes: 0, deleted: 0 };
    const list = listOf(directories, '/');
    const sweep = (rules: readonly string[]) => this.#run(this.options, [...SWEEP, ...rules], list);
    const { stdout, ...result } = stays ? await sweep([PROTECT_ALL]) : await this.#ruled({ H: hidden, P: kept }, sweep);
    const deleted = /^Number of deleted files: (\d+)/m.exec(stdout)?.[1];
    return { ...result, deleted: Number(deleted ?? 0) };
  }

  async extras(directories: readonly BytePath[], hidden: readonly BytePath[]): Promise<BytePath[] | undefined> {
    const found = await this.#swept(directories, hidden);
    return found && withoutKept(found, this.selection);
  }

  /** All that a sweep would remove, what is left out too. */
  async #swept(directories: readonly BytePath[], hidden: readonly BytePath[]): Promise<Item[] | undefined> {
    const list = listOf(directories, '/');
    const tell = (rules: readonly string[]) => this.#tell(this.options, [...SWEEP, ...rules], list);
    return (await this.#ruled({ H: hidden }, tell))?.filter(isExtra);
  }

  /** What a run would do; undefined where rsync could not tell. */
  async #tell(options: RsyncOptions, flags: readonly string[], list: Buffer): Promise<Item[] | undefined> {
    const { stdout, verdict } = await this.#run(options, ['--dry-run', ...ITEMIZE, ...flags], list);
    return verdict === 'partial' ? undefined : itemsIn(stdout);
  }

  /** What a sweep would remove and is left out; undefined where nobody can tell. */
  async #kept(directories: readonly BytePath[], hidden: readonly BytePath[]): Promise<BytePath[] | undefined> {
    if (this.selection.isEverything) return [];
    const doomed = await this.#swept(directories, hidden);
    const kept = doomed?.filter(({ path, isDirectory }) => this.selection.excludes(path, isDirectory));
    return kept?.map(({ path }) => path);
  }

  /** Does something with rsync's rules to hide (H) paths of the source, and to protect (P) such of the slave. */
  async #ruled<T>(
    rules: Readonly<Partial<Record<'H' | 'P', readonly BytePath[]>>>,
    work: (rules: readonly string[]) => Promise<T>,
  ): Promise<T> {
    const lines = Object.entries(rules).flatMap(([rule, paths]) => paths.map((path) => `${rule} /${literal(path)}\0`));
    if (lines.length === 0) return work([]);
    fs.mkdirSync(this.scratch, { recursive: true, mode: 0o700 });
    const file = `${this.scratch}/rules`;
    try {
      fs.writeFileSync(file, toBytes(lines.join('')));
      // rsync reads the file when it comes to the option: it has to know by then what ends a line.
      return await work(['--from0', `--filter=merge ${file}`]);
    } finally {
      fs.rmSync(this.scratch, { recursive: true, force: true });
    }
  }

  /**
   * Puts a new empty file at each of these paths. rsync changes a symlink or a special file that is like the source's
   * where it is, and with it all other names that it has there.
   */
  async #blank(paths: readonly BytePath[], options: RsyncOptions): Promise<PutResult> {
    return this.#scratched(async (folder) => {
      try {
        for (const path of paths) makeEmpty(folder, path);
      } catch (error) {
        return { verdict: 'partial', reason: `cannot stand in for it: ${errorCause(error)}`, bytes: 0 };
      }
      const { temporary } = options.target;
      const flags = temporary === undefined ? BARE : [...BARE, `--temp-dir=${temporary}`];
      return this.#run({ ...options, source: folder }, flags, listOf(paths, ''));
    });
  }

  /** Does something with an empty folder of this machine. */
  async #scratched<T>(work: (folder: string) => Promise<T>): Promise<T> {
    fs.mkdirSync(this.scratch, { recursive: true, mode: 0o700 });
    const folder = fs.mkdtempSync(`${this.scratch}/`);
    try {
      return await work(folder);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  async #run(options: RsyncOptions, flags: readonly string[], input: Buffer): Promise<PutResult & { stdout: string }> {
    const run = await runRsync(options, [...flags, ...LIST], { input });
    const { stdout, reason } = run;
    return { verdict: verdictOf(run), reason, ...parseStats(stdout), stdout };
  }
}

/** It would be deleted. */
function isExtra({ aspects }: Item): boolean {
  return aspects.includes('extra');
}

/**
 * Those of which rsync would change anything, to be written: to compare would change attributes through other names on
 * the slave, which may be left out.
 */
function changedOf(units: readonly Unit[], told: readonly Item[]): Unit[] {
  const different = new Set(told.map(({ path }) => path));
  const changed = units.filter(({ items }) => items.some(({ path }) => different.has(path)));
  return changed.map((unit) => ({ ...unit, effort: 'write' }));
}

/** A name as a pattern of rsync's, which reads backslashes only where there is a wildcard. */
function literal(path: BytePath): string {
  return /[*?[]/.test(path) ? path.replaceAll('\\', '\\\\').replace(/[*?[]/g, '[$&]') : path;
}

function listOf(paths: readonly BytePath[], end: string): Buffer {
  return toBytes(paths.map((path) => `./${path}${path === '' ? '' : end}\0`).join(''));
}

function makeEmpty(folder: string, at: BytePath): void {
  const inside = (below: BytePath): Buffer => Buffer.concat([Buffer.from(`${folder}/`), toBytes(below)]);
  fs.mkdirSync(inside(parentOf(at)), { recursive: true, mode: 0o700 });
  fs.writeFileSync(inside(at), '');
}
