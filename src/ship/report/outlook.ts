import type { Xtime } from '../../marker/mark.js';
import { type BytePath, isState, join } from '../../slave/path.js';
import { SystemError } from '../../syscalls/index.js';
import { UserError } from '../../volume/errors.js';
import type { Volume } from '../../volume/volume.js';
import { LocalSource } from '../source.js';
import { isDirectory, isFile } from '../transfer/units.js';

/** A directory that is to be looked into. */
interface Open {
  readonly path: BytePath;
  /** Everything in it counts. */
  readonly whole: boolean;
}

/**
 * How much there is to do, counted little by little beside the work itself: all that is at and below a path, or what of
 * it is marked later than a sync point. Objects that cannot carry marks (symlinks, devices) count in the first case only.
 */
export class Outlook {
  objects = 0;
  #bytes = 0;
  #source: LocalSource | undefined;
  readonly #open: Open[];
  readonly #share: number;
  #names: Iterator<BytePath> | undefined;
  #inside: Open | undefined;
  #state: 'counting' | 'complete' | 'unknown' = 'counting';

  /** `sinceUs` 0: everything counts. `share` of the content, 0 to 1, is to be gone through. */
  constructor(
    private readonly volume: Volume,
    private readonly sinceUs: Xtime,
    { top = '', share = 1 }: { readonly top?: BytePath; readonly share?: number } = {},
  ) {
    this.#open = [{ path: top, whole: sinceUs === 0 }];
    this.#share = share;
  }

  /** The content of files, that of an object with several names once. */
  get bytes(): number {
    return Math.round(this.#bytes * this.#share);
  }

  /** Whether all is counted: before that the sums tell nothing. */
  get isComplete(): boolean {
    return this.#state === 'complete';
  }

  /** Goes on counting for about so long. What cannot be looked at leaves the sums unknown. */
  count(milliseconds: number): void {
    if (this.#state !== 'counting') return;
    const endMs = performance.now() + milliseconds;
    try {
      this.#source ??= new LocalSource(this.volume);
      this.#source.forget();
      while (this.#state === 'counting' && performance.now() < endMs) this.#step(this.#source);
    } catch (error) {
      if (!(error instanceof SystemError || error instanceof UserError)) throw error;
      this.#state = 'unknown';
    }
    if (this.#state !== 'counting') this.close();
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
    if (this.#state === 'counting') this.#state = 'unknown';
  }

  /** Looks at one object. */
  #step(source: LocalSource): void {
    const next = this.#names?.next();
    if (this.#inside && next && !next.done) {
      const path = join(this.#inside.path, next.value);
      if (!isState(path)) this.#look(source, path, this.#inside.whole);
      return;
    }
    this.#inside = this.#open.pop();
    if (!this.#inside) {
      this.#state = 'complete';
      return;
    }
    this.#names = (source.list(this.#inside.path) ?? []).map(({ name }) => name).values();
  }

  #look(source: LocalSource, path: BytePath, wholeAbove: boolean): void {
    const entry = source.lstat(path);
    if (!entry) return;
    const whole = wholeAbove || this.#isMarked(source, path, 'subtree');
    if (!whole && !(isFile(entry) || isDirectory(entry))) return;
    if (!whole && !this.#isMarked(source, path, 'xtime')) return;
    this.objects++;
    if (isFile(entry)) this.#bytes += Number(entry.size) / entry.nlink;
    if (isDirectory(entry)) this.#open.push({ path, whole });
  }

  #isMarked(source: LocalSource, path: BytePath, mark: 'xtime' | 'subtree'): boolean {
    return (source.marks(path)[mark] ?? 0) > this.sinceUs;
  }
}
